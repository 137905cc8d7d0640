import { useCallback, useEffect, useSyncExternalStore } from 'react';

import { feed } from '../app';
import { compare, type Decimal, format, percentChange } from '../live/decimal';
import type { Quote } from '../live/prices';
import { Percent } from './change';

/** The newest price of a user; somebody has to watch it with `useWatched`. */
export function useQuote(userId: string): Quote | undefined {
  const subscribe = useCallback((listener: () => void) => feed.prices.subscribe(userId, listener), [userId]);
  return useSyncExternalStore(subscribe, () => feed.prices.of(userId));
}

/** Has the prices of these users come live, as long as they are shown. */
export function useWatched(userIds: readonly string[]): void {
  const key = userIds.join(' ');
  useEffect(() => (key ? feed.watched.watch(key.split(' ')) : undefined), [key]);
}

interface Known {
  userId: string;
  /** What is shown until the first live price has come. */
  price?: Decimal | undefined;
}

export function LivePrice({ userId, price, className = '' }: Known & { className?: string }) {
  const quote = useQuote(userId);
  const shown = quote?.price ?? price;
  const moved = quote?.previous === undefined ? 0 : compare(quote.price, quote.previous);
  const flash = moved > 0 ? 'flash-up' : moved < 0 ? 'flash-down' : '';
  return (
    // A new key for each tick starts the flash anew.
    <span key={quote?.tick} className={`-mx-1 inline-block rounded px-1 ${flash} ${className}`}>
      {shown === undefined ? '–' : format(shown)}
    </span>
  );
}

export function LivePercent({ userId, price, since, className = '' }: Known & { since: Decimal; className?: string }) {
  const quote = useQuote(userId);
  const shown = quote?.price ?? price;
  return shown === undefined ? <span>–</span> : <Percent value={percentChange(since, shown)} className={className} />;
}
