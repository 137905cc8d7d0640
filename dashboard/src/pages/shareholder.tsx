import { useQuery } from '@apollo/client/react';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';

import { feed } from '../app';
import { ShareholderDocument, type ShareholderQuery } from '../gql/graphql';
import { format } from '../live/decimal';
import { Series, type Tick } from '../live/series';
import { formatDate } from '../lib/time';
import { Card } from '../ui/card';
import { Change } from '../ui/change';
import { LivePrice, useQuote } from '../ui/live-price';
import { Page } from '../ui/page';
import { LastHour, Sparkline, useSeries } from '../ui/sparkline';
import { StarButton } from '../ui/star';
import { Empty, ErrorNote, Loading } from '../ui/states';
import { Candles } from './chart/candles';
import { Intervals } from './chart/intervals';

type User = NonNullable<ShareholderQuery['user']>;

export function Shareholder() {
  const { id } = useParams({ from: '/shell/shareholders/$id' });
  const { data, error, loading, refetch } = useQuery(ShareholderDocument, { variables: { id } });
  const user = data?.user;
  if (user) return <Details key={id} user={user} />;
  return (
    <Page title="Shareholder">
      <div className="card">
        {loading ? (
          <Loading label="The shareholder is being loaded" rows={5} />
        ) : error ? (
          <div className="p-4">
            <ErrorNote error={error} retry={() => void refetch()} />
          </div>
        ) : (
          <Empty title="There is no such shareholder">
            Their account may be deleted.{' '}
            <Link to="/shareholders" className="font-medium text-accent underline underline-offset-2">
              See who there is
            </Link>
            .
          </Empty>
        )}
      </div>
    </Page>
  );
}

/** The last hour as it was published, and then what comes live. */
function useLiveSeries(id: string): readonly Tick[] {
  const [series] = useState(() => new Series());
  useEffect(() => feed.follow(id, series), [id, series]);
  return useSeries(series);
}

function Details({ user }: { user: User }) {
  const { id, name, openingPrice, createdAt } = user;
  const ticks = useLiveSeries(id);
  const candles = useId();
  const price = useQuote(id)?.price ?? user.price;
  return (
    <Page title={name} action={<StarButton id={id} name={name} />}>
      <Card title="Price">
        <div className="flex flex-wrap items-end justify-between gap-4 p-4 sm:p-5">
          <LivePrice userId={id} price={user.price} className="text-5xl font-semibold tracking-tight" />
          <dl className="grid w-full grid-cols-[auto_auto] gap-x-4 gap-y-1 text-sm sm:w-auto">
            <dt className="text-muted">Opening price</dt>
            <dd className="text-right font-medium">{format(openingPrice)}</dd>
            <dt className="text-muted">Since {formatDate(new Date(createdAt))}</dt>
            <dd className="text-right font-medium">
              <Change from={openingPrice} to={price} className="justify-end" />
            </dd>
          </dl>
        </div>
        <Sparkline ticks={ticks} className="h-40" />
        <LastHour ticks={ticks} />
      </Card>
      <section aria-labelledby={candles}>
        <header className="mt-6 mb-3 flex min-h-9 flex-wrap items-center justify-between gap-x-6 gap-y-2">
          <h2 id={candles} className="font-semibold">
            Candles
          </h2>
          <Intervals />
        </header>
        <div className="card overflow-hidden">
          <Candles id={id} label={`Candles of ${name}`} now={ticks.at(-1)?.tick ?? user.tick} live={ticks} />
        </div>
      </section>
    </Page>
  );
}
