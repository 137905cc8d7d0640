import {
  type AutoscaleInfo,
  CandlestickSeries,
  type CandlestickData,
  createChart,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  TickMarkType,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useEffect, useRef, useState } from 'react';

import type { AlertFieldsFragment } from '../../gql/graphql';
import { useIsDark } from '../../lib/preferences';
import { instantOfTick, TICK_SECONDS } from '../../lib/time';
import { priceAt, visibleRange } from '../../live/alert-line';
import { type Candle, startOf } from '../../live/candles';
import { format, toPixelValue } from '../../live/decimal';
import { Time } from '../../ui/time';
import { AlertHandle, type NewAlert } from './alert-handle';
import { PriceAxis } from './price-axis';

interface CandleChartProps {
  /** Whose they are. */
  label: string;
  candles: readonly Candle[];
  length: number;
  alerts: readonly AlertFieldsFragment[];
  /** Where one may make alerts. */
  newAlert: NewAlert | undefined;
}

const DAY_TICKS = 17_280;

const timeOf = ({ start }: Candle) => (start * TICK_SECONDS) as UTCTimestamp;
const drawn = (candle: Candle): CandlestickData => ({
  time: timeOf(candle),
  open: toPixelValue(candle.open),
  high: toPixelValue(candle.high),
  low: toPixelValue(candle.low),
  close: toPixelValue(candle.close),
});

const FORMATS: Record<TickMarkType, Intl.DateTimeFormatOptions> = {
  [TickMarkType.Year]: { year: 'numeric' },
  [TickMarkType.Month]: { month: 'short' },
  [TickMarkType.DayOfMonth]: { day: 'numeric', month: 'short' },
  [TickMarkType.Time]: { hour: 'numeric', minute: '2-digit' },
  [TickMarkType.TimeWithSeconds]: { hour: 'numeric', minute: '2-digit', second: '2-digit' },
};

/** The library knows UTC alone: times are written in the viewer's zone, whole days as the days that they are. */
function localTimes(length: number) {
  const zone = length >= DAY_TICKS ? ({ timeZone: 'UTC' } as const) : {};
  const write = (time: unknown, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(undefined, { ...options, ...zone }).format(Number(time) * 1_000);
  return {
    localization: { timeFormatter: (time: unknown) => write(time, length >= DAY_TICKS ? { dateStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' }) },
    timeScale: { tickMarkFormatter: (time: unknown, type: TickMarkType) => write(time, FORMATS[type]) },
  };
}

/** What the chart is scaled to. */
function scaled(original: () => AutoscaleInfo | null): AutoscaleInfo | null {
  const info = original();
  const range = info?.priceRange;
  return info && range ? { ...info, priceRange: visibleRange(range.minValue, range.maxValue) } : info;
}

/** The colours of the page, which the canvas can't read by itself. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const [ink, muted, line, up, down, accent] = ['--ink', '--muted', '--line', '--up', '--down', '--accent'].map((name) => {
    const value = style.getPropertyValue(name).trim();
    const reference = /^var\((--[a-z]+)\)$/.exec(value);
    return reference ? style.getPropertyValue(reference[1]!).trim() : value;
  }) as [string, string, string, string, string, string];
  return { ink, muted, line, up, down, accent };
}

export function CandleChart({ label, candles, length, alerts, newAlert }: CandleChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<IChartApi>(null);
  const series = useRef<ISeriesApi<'Candlestick'>>(null);
  const pick = useRef(newAlert?.onPick);
  const [axis] = useState(() => new PriceAxis());
  const [hovered, setHovered] = useState<number>();
  useEffect(() => void (pick.current = newAlert?.onPick));

  useEffect(() => {
    const times = localTimes(length);
    const made = createChart(box.current!, {
      autoSize: true,
      // The link to the library stands below the chart: its own would bring a style element, which the policy forbids.
      layout: { background: { color: 'transparent' }, attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily },
      localization: times.localization,
      timeScale: { ...times.timeScale, timeVisible: length < DAY_TICKS, secondsVisible: false, borderVisible: false, rightOffset: 4, barSpacing: 9 },
      rightPriceScale: { borderVisible: false },
    });
    const added = made.addSeries(CandlestickSeries, { priceFormat: { type: 'price', precision: 2, minMove: 0.01 }, autoscaleInfoProvider: scaled });
    made.subscribeClick(({ point }) => {
      const scale = axis.scale();
      if (point && scale) pick.current?.(priceAt(scale, point.y));
    });
    axis.attach(made, added);
    made.subscribeCrosshairMove(({ time }) => setHovered(time as number | undefined));
    chart.current = made;
    series.current = added;
    return () => {
      chart.current = null;
      series.current = null;
      made.remove();
    };
  }, [axis, length]);

  useColours(chart, series, length);
  useDrawnCandles(series, candles, length);
  useAlertLines(series, alerts, length);

  const shown = candles.findLast((candle) => timeOf(candle) === hovered) ?? candles.at(-1);
  return (
    <div>
      {shown && <Legend candle={shown} length={length} />}
      <div className="relative isolate">
        <div ref={box} role="img" aria-label={shown && `${label}. The last one closed at ${format(candles.at(-1)!.close)}.`} className="h-[60dvh] min-h-80 w-full" />
        {newAlert && <AlertHandle axis={axis} {...newAlert} />}
      </div>
    </div>
  );
}

function useColours(chart: { current: IChartApi | null }, series: { current: ISeriesApi<'Candlestick'> | null }, length: number) {
  const isDark = useIsDark();
  useEffect(() => {
    const { muted, line, up, down, accent } = colours();
    chart.current?.applyOptions({ layout: { textColor: muted }, grid: { vertLines: { color: line }, horzLines: { color: line } } });
    // Hollow where the price has risen: told apart without the colour.
    series.current?.applyOptions({
      upColor: 'transparent',
      downColor: down,
      borderUpColor: up,
      borderDownColor: down,
      wickUpColor: up,
      wickDownColor: down,
      priceLineColor: accent,
    });
  }, [chart, series, isDark, length]);
}

/** Draws all of it once, and then the candles alone that have changed. */
function useDrawnCandles(series: { current: ISeriesApi<'Candlestick'> | null }, candles: readonly Candle[], length: number) {
  const before = useRef<readonly Candle[]>([]);
  useEffect(() => {
    const target = series.current;
    if (!target) return;
    const old = target.data().length === 0 ? [] : before.current;
    const changed = candles.findIndex((candle, index) => JSON.stringify(candle) !== JSON.stringify(old[index]));
    const isContinuation = old.length > 0 && (changed === -1 || changed >= old.length - 1) && candles.length >= old.length;
    if (isContinuation) for (const candle of candles.slice(Math.max(0, changed === -1 ? candles.length : changed))) target.update(drawn(candle));
    else target.setData(candles.map(drawn));
    before.current = candles;
  }, [series, candles, length]);
}

function useAlertLines(series: { current: ISeriesApi<'Candlestick'> | null }, alerts: readonly AlertFieldsFragment[], length: number) {
  const isDark = useIsDark();
  const key = alerts.map(({ crossing, threshold }) => `${crossing} ${threshold}`).join(',');
  useEffect(() => {
    const target = series.current;
    if (!target || !key) return;
    const { accent } = colours();
    const lines: IPriceLine[] = key.split(',').map((alert) => {
      const [crossing, threshold = '0'] = alert.split(' ');
      return target.createPriceLine({ price: toPixelValue(threshold), color: accent, lineWidth: 1, lineStyle: LineStyle.Dashed, title: crossing === 'ABOVE' ? 'alert ▲' : 'alert ▼' });
    });
    return () => {
      // eslint-disable-next-line react-hooks/exhaustive-deps -- asked for again, as the chart may be gone by then
      if (series.current === target) for (const line of lines) target.removePriceLine(line);
    };
  }, [series, key, length, isDark]);
}

function Legend({ candle, length }: { candle: Candle; length: number }) {
  const values = { Open: candle.open, High: candle.high, Low: candle.low, Close: candle.close };
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 border-b border-line px-4 py-3 text-sm">
      <div>
        <dt className="sr-only">Begins</dt>
        <dd className="text-muted">
          <Time at={instantOfTick(startOf(candle.start, length))} />
        </dd>
      </div>
      {Object.entries(values).map(([label, value]) => (
        <div key={label} className="flex gap-1.5">
          <dt className="text-muted">{label}</dt>
          <dd className="font-medium">{format(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
