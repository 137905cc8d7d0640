import { useQuery } from '@apollo/client/react';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { feed, socket } from '../app';
import { PricesDocument, ShareholderDocument, type ShareholderQuery } from '../gql/graphql';
import { format } from '../live/decimal';
import { resumable } from '../live/resumable';
import { Series } from '../live/series';
import { formatDate, instantOfTick } from '../lib/time';
import { Card } from '../ui/card';
import { Change } from '../ui/change';
import { LivePrice, useQuote } from '../ui/live-price';
import { Page } from '../ui/page';
import { rangeOf, Sparkline, useSeries } from '../ui/sparkline';
import { StarButton } from '../ui/star';
import { Empty, ErrorNote, Loading } from '../ui/states';
import { Time } from '../ui/time';

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

/** Twenty minutes. */
const TICKS = 240;

/** The last while as it was published, and then what comes live. */
function useLiveSeries({ id, tick }: User): Series {
  const [series] = useState(() => new Series());
  useEffect(() => {
    const progress = resumable({ ids: [id], since: tick - TICKS });
    return socket.subscribe(PricesDocument, progress.variables, ({ onPriceUpdate: update }) => {
      progress.heard(update);
      for (const { userId, price } of update.prices) {
        series.add({ tick: update.tick, price });
        feed.prices.put(userId, update.tick, price);
      }
    });
  }, [id, tick, series]);
  return series;
}

function Details({ user }: { user: User }) {
  const { id, name, openingPrice, createdAt } = user;
  const ticks = useSeries(useLiveSeries(user));
  const range = rangeOf(ticks);
  const price = useQuote(id)?.price ?? user.price;
  return (
    <Page title={name} action={<StarButton id={id} name={name} />}>
      <Card title="Price">
        <div className="flex flex-wrap items-end justify-between gap-4 p-4 sm:p-5">
          <LivePrice userId={id} price={user.price} className="text-5xl font-semibold tracking-tight" />
          <dl className="grid grid-cols-[auto_auto] gap-x-4 gap-y-1 text-sm">
            <dt className="text-muted">Opening price</dt>
            <dd className="text-right font-medium">{format(openingPrice)}</dd>
            <dt className="text-muted">Since {formatDate(new Date(createdAt))}</dt>
            <dd className="text-right font-medium">
              <Change from={openingPrice} to={price} className="justify-end" />
            </dd>
          </dl>
        </div>
        <Sparkline ticks={ticks} className="h-56" />
        {range && (
          <p className="flex flex-wrap justify-between gap-x-6 border-t border-line px-4 py-2.5 text-xs text-muted sm:px-5">
            <span>
              From <Time at={instantOfTick(ticks[0]!.tick)} isShort /> on
            </span>
            <span>
              Low {format(range.low)} · High {format(range.high)}
            </span>
          </p>
        )}
      </Card>
    </Page>
  );
}
