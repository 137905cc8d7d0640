import { lazy, Suspense } from 'react';

import { apollo } from '../../app';
import type { AlertFieldsFragment } from '../../gql/graphql';
import { usePreference } from '../../lib/preferences';
import { INTERVALS } from '../../live/candles';
import type { Tick } from '../../live/series';
import { ErrorNote, Loading } from '../../ui/states';
import type { NewAlert } from './alert-handle';
import { interval } from './interval';
import { useCandles } from './use-candles';

const CandleChart = lazy(() => import('./candle-chart').then(({ CandleChart }) => ({ default: CandleChart })));
/** That of the chart with its legend. */
const CHART_HEIGHT = 'h-[calc(60dvh+4.5rem)] min-h-98 sm:h-[calc(60dvh+2.8125rem)] sm:min-h-91';
const NONE: readonly AlertFieldsFragment[] = [];

interface CandlesProps {
  /** Whose; not known at first. */
  id: string | undefined;
  /** What they are candles of. */
  label: string;
  /** The tick of now, and what has come live up to it. */
  now: number | undefined;
  live: readonly Tick[];
  alerts?: readonly AlertFieldsFragment[];
  newAlert?: NewAlert | undefined;
  hint?: string;
}

/** A user's candles, those of the past and that of now. */
export function Candles({ id, label, now, live, alerts = NONE, newAlert, hint }: CandlesProps) {
  const [name] = usePreference(interval);
  const length = INTERVALS[name];
  const { candles, error, reload } = useCandles({ apollo, id, now, length, live });
  return (
    <>
      {error !== undefined ? (
        <div className="p-4">
          <ErrorNote error={error} retry={reload} />
        </div>
      ) : candles ? (
        <Suspense fallback={<Loading label="The chart is being loaded" rows={12} className={CHART_HEIGHT} />}>
          <CandleChart key={length} label={label} candles={candles} length={length} alerts={alerts} newAlert={newAlert} />
        </Suspense>
      ) : (
        <Loading label="The candles are being loaded" rows={12} className={CHART_HEIGHT} />
      )}
      <Attribution hint={hint} />
    </>
  );
}

/** Asked for by the licence of the chart's library. */
function Attribution({ hint }: { hint: string | undefined }) {
  return (
    <p className="flex flex-wrap justify-between gap-x-6 gap-y-1 border-t border-line px-4 py-2.5 text-xs text-muted">
      <span>{hint}</span>
      <span>
        Charts by{' '}
        <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer" className="underline underline-offset-2">
          TradingView
        </a>
        : Lightweight Charts™
      </span>
    </p>
  );
}
