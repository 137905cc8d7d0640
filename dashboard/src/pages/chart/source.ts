import type { ApolloClient } from '@apollo/client';

import { CandlesDocument, type CandlesQueryVariables, type SeriesFragment } from '../../gql/graphql';
import { formatUtc, instantOfTick } from '../../lib/time';
import { type Candle, type Plan, planCandles, startOf } from '../../live/candles';

export interface History {
  candles: readonly Candle[];
  /** All up to here is in the candles. */
  lastTick: number;
}

const instant = (tick: number) => instantOfTick(tick).toISOString();

function variablesOf({ head, body, tail }: Plan): CandlesQueryVariables {
  return {
    hasHead: head !== undefined,
    headFrom: instant(head?.from ?? 0),
    headTo: instant(head?.to ?? 0),
    hasBody: body !== undefined,
    bodyFrom: instant(body?.from ?? 0),
    bodyTo: instant(body?.to ?? 0),
    bodyBuckets: body?.candles ?? 1,
    tailFrom: instant(tail.from),
    tailTo: instant(tail.to),
  };
}

const candlesOf = (series: SeriesFragment | null | undefined, length: number): Candle[] =>
  series?.buckets.map(({ tick, open, high, low, close }) => ({ start: startOf(tick, length), open, high, low, close })) ?? [];

/** The caller's candles up to now, each of so many ticks, computed from every single price. */
export async function loadHistory(apollo: ApolloClient, now: number, registered: number, length: number): Promise<History> {
  const plan = planCandles(now, registered, length);
  const { data } = await apollo.query({ query: CandlesDocument, variables: variablesOf(plan), fetchPolicy: 'no-cache' });
  const me = data?.me;
  if (!me) throw new Error('The server did not say who is asking.');
  if (me.body && me.body.ticksPerBucket !== length) {
    throw new Error(`Candles of ${me.body.ticksPerBucket} ticks came instead of ${length}, from ${formatUtc(instantOfTick(plan.body!.from))} on.`);
  }
  const candles = [me.head, me.body, me.tail].flatMap((series) => candlesOf(series, length));
  return { candles, lastTick: me.tail?.lastTick ?? plan.tail.from - 1 };
}
