import { Link } from '@tanstack/react-router';
import { memo, useEffect, useSyncExternalStore } from 'react';

import { feed } from '../../app';
import { format } from '../../live/decimal';
import { Card } from '../../ui/card';
import { Change, Percent } from '../../ui/change';
import { LivePrice } from '../../ui/live-price';
import { Sparkline, useSeries } from '../../ui/sparkline';
import { Empty, Loading } from '../../ui/states';

const useSummary = () => useSyncExternalStore(feed.market.subscribe, feed.market.summary);

export function MarketCard() {
  const summary = useSummary();
  const ticks = useSeries(feed.market.means);
  const openedAt = feed.market.means.openedAt;
  return (
    <Card title="Market">
      {!summary ? (
        <Loading label="The market is being loaded" rows={4} />
      ) : summary.mean === null ? (
        <Empty title="No index yet">It begins with the first shareholder.</Empty>
      ) : (
        <div className="flex flex-1 flex-col overflow-hidden rounded-b-xl">
          <div className="p-4 sm:p-5">
            <p className="text-3xl font-semibold tracking-tight">{format(summary.mean)}</p>
            <p className="mt-1 text-sm text-muted">Index: the mean of {format(String(summary.shareholders))} shares</p>
            <p className="mt-3 flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
              <span className="text-muted">Since this page opened</span>
              <Change from={openedAt?.price ?? summary.mean} to={summary.mean} className="font-medium" />
            </p>
          </div>
          <Sparkline ticks={ticks} className="h-28 min-h-28 flex-1" />
        </div>
      )}
    </Card>
  );
}

function Name({ id }: { id: string }) {
  const name = useSyncExternalStore(feed.names.subscribe, () => feed.names.of(id));
  useEffect(() => feed.names.need(id), [id]);
  return <>{name}</>;
}

/** Rendered anew only when somebody else takes the place, not with each price: links cost the most of the list. */
const NameLink = memo(function NameLink({ id }: { id: string }) {
  return (
    <Link to="/shareholders/$id" params={{ id }} className="truncate hover:underline">
      <Name id={id} />
    </Link>
  );
});

export function Movers({ title, of }: { title: string; of: 'gainers' | 'losers' }) {
  const summary = useSummary();
  const movers = summary?.[of];
  return (
    <Card title={title}>
      {!movers ? (
        <Loading label={`${title} are being loaded`} rows={6} />
      ) : movers.length === 0 ? (
        <Empty title={of === 'gainers' ? 'Nobody has gained' : 'Nobody has lost'}>That is counted from each shareholder's opening price.</Empty>
      ) : (
        <ol className="divide-y divide-line">
          {movers.map(({ userId, price, changePercent }) => (
            <li key={userId} className="grid grid-cols-[minmax(0,1fr)_auto_4.75rem] items-center gap-2 px-4 py-2 text-sm">
              <NameLink id={userId} />
              <LivePrice userId={userId} price={price} />
              <Percent value={changePercent} className="justify-end font-medium" />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
