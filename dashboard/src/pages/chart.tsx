import { useQuery } from '@apollo/client/react';
import { lazy, Suspense, useState } from 'react';

import { apollo, feed } from '../app';
import { AlertsDocument, MeDocument } from '../gql/graphql';
import { usePreference } from '../lib/preferences';
import { INTERVALS, type IntervalName } from '../live/candles';
import { compare } from '../live/decimal';
import { Card } from '../ui/card';
import { Page } from '../ui/page';
import { useSeries } from '../ui/sparkline';
import { ErrorNote, Loading } from '../ui/states';
import { AlertForm } from './alerts/form';
import { interval } from './chart/interval';
import { useCandles } from './chart/use-candles';

const CandleChart = lazy(() => import('./chart/candle-chart').then(({ CandleChart }) => ({ default: CandleChart })));

function Intervals({ chosen, choose }: { chosen: IntervalName; choose: (name: IntervalName) => void }) {
  return (
    <div role="group" aria-label="How long a candle lasts" className="flex flex-wrap gap-1">
      {(Object.keys(INTERVALS) as IntervalName[]).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen}
          onClick={() => choose(name)}
          className="min-h-9 rounded-lg px-2.5 text-sm text-muted hover:bg-raised aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-ink"
        >
          {name}
        </button>
      ))}
    </div>
  );
}

export function Chart() {
  const { data: own, error: ownError, refetch } = useQuery(MeDocument);
  const { data: alerts } = useQuery(AlertsDocument);
  const ticks = useSeries(feed.own);
  const [name, choose] = usePreference(interval);
  const [threshold, setThreshold] = useState<string>();
  const me = own?.me;
  const length = INTERVALS[name];
  const now = ticks.at(-1)?.tick ?? me?.tick;
  const { candles, error, reload } = useCandles({ apollo, id: me?.id, now, length, live: ticks });
  const armed = alerts?.me?.alerts?.filter(({ state }) => state === 'ARMED') ?? [];
  const price = ticks.at(-1)?.price ?? me?.price;
  return (
    <Page title="Chart" action={<Intervals chosen={name} choose={choose} />}>
      <div className={`grid items-start gap-4 ${threshold === undefined ? '' : 'lg:grid-cols-[minmax(0,1fr)_20rem]'}`}>
        <section aria-label="Candles of your share" className="card overflow-hidden">
          {error || (ownError && !me) ? (
            <div className="p-4">
              <ErrorNote error={error ?? ownError} retry={() => (me ? reload() : void refetch())} />
            </div>
          ) : candles ? (
            <Suspense fallback={<Loading label="The chart is being loaded" rows={8} />}>
              <CandleChart key={length} candles={candles} length={length} alerts={armed} onPick={setThreshold} />
            </Suspense>
          ) : (
            <Loading label="The candles are being loaded" rows={8} />
          )}
          <Attribution />
        </section>
        {threshold !== undefined && price !== undefined && (
          <Card title="New alert">
            <AlertForm key={threshold} phone={alerts?.me?.phone ?? null} threshold={threshold} crossing={compare(threshold, price) >= 0 ? 'ABOVE' : 'BELOW'} />
          </Card>
        )}
      </div>
    </Page>
  );
}

/** Asked for by the licence of the chart's library. */
function Attribution() {
  return (
    <p className="flex flex-wrap justify-between gap-x-6 gap-y-1 border-t border-line px-4 py-2.5 text-xs text-muted">
      <span>A click at a price begins an alert there.</span>
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
