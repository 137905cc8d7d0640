import { add, compare, type Decimal, negate } from './decimal';
import { LARGEST_PRICE, SMALLEST_PRICE } from './threshold';

/** Which prices a chart shows at which heights, from its top down. */
export interface Scale {
  /** The price at the top. */
  top: number;
  /** The price at the bottom. */
  bottom: number;
  /** How high the chart is. */
  height: number;
  /** How wide it is, without the axis. */
  width: number;
}

/** What a chart shows at least: a hundredth of the price, and twenty cents. */
const LEAST_SHARE = 0.01;
const LEAST_RANGE = 0.2;

/** The prices that a chart shows of candles between these, only for drawing: of a share that has hardly moved enough to tell its cents apart. */
export function visibleRange(lowest: number, highest: number): { minValue: number; maxValue: number } {
  const middle = (lowest + highest) / 2;
  const half = Math.max(highest - lowest, middle * LEAST_SHARE, LEAST_RANGE) / 2;
  return { minValue: middle - half, maxValue: middle + half };
}

/** More than any price, and written without an exponent. */
const BEYOND = 1e15;

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** Only for drawing: where a price is, or the edge that is nearest to it. */
export const heightOf = ({ top, bottom, height }: Scale, price: Decimal): number => clamp(((top - Number(price)) / (top - bottom)) * height, 0, height);

const bounded = (price: Decimal): Decimal =>
  compare(price, SMALLEST_PRICE) < 0 ? SMALLEST_PRICE : compare(price, LARGEST_PRICE) > 0 ? LARGEST_PRICE : price;

/** The price at a height, with the two places that the API wants; beyond an edge it is that at the edge. */
export function priceAt({ top, bottom, height }: Scale, y: number): Decimal {
  const price = top + (clamp(y, 0, height) / height) * (bottom - top);
  return bounded(clamp(price, 0, BEYOND).toFixed(2));
}

/** Which way the price has to go to get there. */
export const crossingTo = (threshold: Decimal, price: Decimal): 'ABOVE' | 'BELOW' => (compare(threshold, price) >= 0 ? 'ABOVE' : 'BELOW');

/** About a thousandth of a price: one, and zeros. */
export function stepOf(price: Decimal): Decimal {
  const exponent = Math.max(Math.floor(Math.log10(Number(price))) - 3, -2);
  return (10 ** exponent).toFixed(2);
}

const DIRECTIONS: Partial<Record<string, { isUp: boolean; steps: number }>> = {
  ArrowUp: { isUp: true, steps: 1 },
  ArrowRight: { isUp: true, steps: 1 },
  ArrowDown: { isUp: false, steps: 1 },
  ArrowLeft: { isUp: false, steps: 1 },
  PageUp: { isUp: true, steps: 10 },
  PageDown: { isUp: false, steps: 10 },
};

/** Where a key moves a threshold, if it is one that does: by a step, by ten, or by a cent. */
export function moved(threshold: Decimal, key: string, isFine: boolean): Decimal | undefined {
  const direction = DIRECTIONS[key];
  if (!direction) return undefined;
  const step = isFine ? '0.01' : stepOf(threshold);
  let by = '0';
  for (let taken = 0; taken < direction.steps; taken += 1) by = add(by, step);
  return bounded(add(threshold, direction.isUp ? by : negate(by)));
}
