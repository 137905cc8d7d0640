import type { ApolloClient } from '@apollo/client';

import { CandlesDocument } from '../../gql/graphql';
import { instantOfTick } from '../../lib/time';
import { type Candle, firstStart, startOf } from '../../live/candles';

export interface History {
  candles: readonly Candle[];
  /** All up to here is in the candles. */
  lastTick: number;
}

/** A user's candles up to now, each of so many ticks, computed from every single price. */
export async function loadHistory(apollo: ApolloClient, id: string, now: number, length: number): Promise<History> {
  const first = firstStart(now, length);
  const variables = { id, from: instantOfTick(first).toISOString(), ticksPerBucket: length };
  const { data } = await apollo.query({ query: CandlesDocument, variables, fetchPolicy: 'no-cache' });
  const prices = data?.user?.prices;
  if (!prices) throw new Error('The shareholder is gone.');
  // Registration cuts the first one.
  const candles = prices.buckets.map(({ tick, ...bucket }) => ({ start: startOf(tick, length), open: bucket.open, high: bucket.high, low: bucket.low, close: bucket.close }));
  return { candles, lastTick: prices.lastTick ?? first - 1 };
}
