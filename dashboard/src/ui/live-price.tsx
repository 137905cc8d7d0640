import { type RefObject, useCallback, useEffect, useRef, useSyncExternalStore } from 'react';

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

const FLASH_MS = 900;
const reducesMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** Marks for a moment how the price has moved. A CSS animation would need a new element for each tick, and tell the whole page of its end. */
function useFlash(cell: RefObject<HTMLElement | null>, quote: Quote | undefined): void {
  useEffect(() => {
    if (quote?.previous === undefined || reducesMotion.matches || feed.prices.isCrowded) return;
    const moved = compare(quote.price, quote.previous);
    if (moved === 0) return;
    const colour = `color-mix(in srgb, var(${moved > 0 ? '--up' : '--down'}) 22%, transparent)`;
    const flash = cell.current?.animate([{ backgroundColor: colour }, {}], { duration: FLASH_MS, easing: 'ease-out' });
    return () => flash?.cancel();
  }, [cell, quote]);
}

export function LivePrice({ userId, price, className = '' }: Known & { className?: string }) {
  const quote = useQuote(userId);
  const cell = useRef<HTMLSpanElement>(null);
  useFlash(cell, quote);
  const shown = quote?.price ?? price;
  return (
    <span ref={cell} data-live-price className={`-mx-1 inline-block rounded px-1 ${className}`}>
      {shown === undefined ? '–' : format(shown)}
    </span>
  );
}

export function LivePercent({ userId, price, since, className = '' }: Known & { since: Decimal; className?: string }) {
  const quote = useQuote(userId);
  const shown = quote?.price ?? price;
  return shown === undefined ? <span>–</span> : <Percent value={percentChange(since, shown)} className={className} />;
}
