import { memo, useSyncExternalStore } from 'react';

import { compare, directionOf, format, subtract, toPixelValue } from '../live/decimal';
import type { Series, Tick } from '../live/series';
import { instantOfTick } from '../lib/time';
import { Time } from './time';

export function useSeries(series: Series): readonly Tick[] {
  useSyncExternalStore(series.subscribe, series.version);
  return series.ticks;
}

const WIDTH = 300;
const HEIGHT = 80;
/** More points than a phone has pixels for. */
const MOST_POINTS = 360;

function thinned(ticks: readonly Tick[]): readonly Tick[] {
  const step = Math.ceil(ticks.length / MOST_POINTS);
  return step <= 1 ? ticks : ticks.filter((_, index) => index % step === 0 || index === ticks.length - 1);
}

function pointsOf(ticks: readonly Tick[]): [x: number, y: number][] {
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  const values = ticks.map(({ price }) => toPixelValue(price));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = last.tick - first.tick || 1;
  // A price that has not moved is a line in the middle.
  const heightOf = (value: number) => (high === low ? 0.5 : (value - low) / (high - low));
  return ticks.map(({ tick }, index) => [((tick - first.tick) / width) * WIDTH, 3 + (1 - heightOf(values[index]!)) * (HEIGHT - 6)]);
}

/** A line over the ticks. What it shows is told in words beside it. */
export const Sparkline = memo(function Sparkline({ ticks, className = '' }: { ticks: readonly Tick[]; className?: string }) {
  if (ticks.length < 2) return <div className={`flex items-center justify-center text-sm text-muted ${className}`}>A line appears with the next prices.</div>;
  const direction = directionOf(subtract(ticks.at(-1)!.price, ticks[0]!.price));
  const points = pointsOf(thinned(ticks));
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const colour = { up: 'text-up', down: 'text-down', flat: 'text-muted' }[direction];
  return (
    <svg aria-hidden="true" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className={`block w-full overflow-visible ${colour} ${className}`}>
      <polygon points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} fill="currentColor" opacity="0.1" />
      <polyline points={line} fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
    </svg>
  );
});

function rangeOf(ticks: readonly Tick[]): { low: string; high: string } | undefined {
  const [first] = ticks;
  if (!first) return undefined;
  let [low, high] = [first.price, first.price];
  for (const { price } of ticks) {
    if (compare(price, low) < 0) low = price;
    if (compare(price, high) > 0) high = price;
  }
  return { low, high };
}

/** What a line over the ticks shows, in words. */
export function LastHour({ ticks }: { ticks: readonly Tick[] }) {
  const range = rangeOf(ticks);
  // Its place is kept from the beginning, so that nothing jumps.
  return (
    <p className="flex min-h-9.25 flex-wrap justify-between gap-x-6 border-t border-line px-4 py-2.5 text-xs text-muted sm:px-5">
      {range && (
        <>
          <span>
            From <Time at={instantOfTick(ticks[0]!.tick)} isShort /> on
          </span>
          <span>
            Low {format(range.low)} · High {format(range.high)}
          </span>
        </>
      )}
    </p>
  );
}
