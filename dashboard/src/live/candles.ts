import { compare, type Decimal } from './decimal';
import type { Tick } from './series';

export interface Candle {
  /** The first tick of its interval, whether there is a price of it or not. */
  start: number;
  open: Decimal;
  high: Decimal;
  low: Decimal;
  close: Decimal;
}

const MINUTE = 12;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How many ticks a candle has. */
export const INTERVALS = {
  '1 min': MINUTE,
  '5 min': 5 * MINUTE,
  '15 min': 15 * MINUTE,
  '1 h': HOUR,
  '4 h': 4 * HOUR,
  '1 day': DAY,
  '1 week': 7 * DAY,
  '30 days': 30 * DAY,
} as const;

export type IntervalName = keyof typeof INTERVALS;

/** What the API takes. */
const LONGEST_PERIOD = 366 * DAY;
const MOST_CANDLES = 300;

export const startOf = (tick: number, length: number): number => Math.floor(tick / length) * length;

/** Where the first candle of a chart begins, so that the API computes all of them up to now. */
export function firstStart(now: number, length: number): number {
  const candles = Math.min(MOST_CANDLES, Math.floor(LONGEST_PERIOD / length));
  return Math.max(0, startOf(now, length) - (candles - 1) * length);
}

const higher = (a: Decimal, b: Decimal) => (compare(a, b) > 0 ? a : b);
const lower = (a: Decimal, b: Decimal) => (compare(a, b) < 0 ? a : b);

/** Goes on with what has come live since `lastTick`. */
export function continued(candles: readonly Candle[], lastTick: number, live: readonly Tick[], length: number): Candle[] {
  const all = [...candles];
  for (const { tick, price } of live) {
    if (tick <= lastTick) continue;
    const start = startOf(tick, length);
    const last = all.at(-1);
    if (last?.start === start) all[all.length - 1] = { ...last, high: higher(last.high, price), low: lower(last.low, price), close: price };
    else all.push({ start, open: price, high: price, low: price, close: price });
  }
  return all;
}
