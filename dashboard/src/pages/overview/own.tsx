import { useQuery } from '@apollo/client/react';
import { Volume2 } from 'lucide-react';
import { useState } from 'react';

import { feed } from '../../app';
import { MeDocument, type MeQuery } from '../../gql/graphql';
import { compare, format } from '../../live/decimal';
import { formatDate, instantOfTick } from '../../lib/time';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Change, changeInWords } from '../../ui/change';
import { LastHour, Sparkline, useSeries } from '../../ui/sparkline';
import { ErrorNote, Loading } from '../../ui/states';
import { Time } from '../../ui/time';

type Me = NonNullable<MeQuery['me']>;

export function OwnCard({ className = '' }: { className?: string }) {
  const { data, error, refetch } = useQuery(MeDocument);
  const me = data?.me;
  return (
    <Card title="Your share" className={className} action={me && <ReadAloud me={me} />}>
      {me ? (
        <OwnShare me={me} />
      ) : error ? (
        <div className="p-4">
          <ErrorNote error={error} retry={() => void refetch()} />
        </div>
      ) : (
        <Loading label="Your share is being loaded" rows={8} className="h-85.25 sm:h-84" />
      )}
    </Card>
  );
}

function OwnShare({ me }: { me: Me }) {
  const ticks = useSeries(feed.own);
  const last = ticks.at(-1);
  const price = last?.price ?? me.price;
  const openedAt = feed.own.openedAt;
  return (
    <div className="flex flex-1 flex-col">
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-3 p-4 sm:p-5">
        <div>
          <OwnPrice price={price} tick={last?.tick} previous={ticks.at(-2)?.price} />
          <p className="mt-1 text-sm text-muted">
            {me.name} · <Time at={instantOfTick(last?.tick ?? me.tick)} isShort />
          </p>
        </div>
        <dl className="grid w-full grid-cols-[auto_auto] items-baseline sm:w-auto gap-x-4 gap-y-1 text-sm">
          <dt className="text-muted">Since this page opened</dt>
          <dd className="text-right font-medium">
            <Change from={openedAt?.price ?? price} to={price} className="justify-end" />
          </dd>
          <dt className="text-muted">Since {formatDate(new Date(me.createdAt))}</dt>
          <dd className="text-right font-medium">
            <Change from={me.openingPrice} to={price} className="justify-end" />
          </dd>
        </dl>
      </div>
      <Sparkline ticks={ticks} className="h-36 min-h-36 flex-1 px-0 sm:h-44" />
      <LastHour ticks={ticks} />
    </div>
  );
}

function OwnPrice({ price, tick, previous }: { price: string; tick: number | undefined; previous: string | undefined }) {
  const moved = previous === undefined ? 0 : compare(price, previous);
  const flash = moved > 0 ? 'flash-up' : moved < 0 ? 'flash-down' : '';
  return (
    <p key={tick} data-own-price className={`-mx-2 inline-block rounded-lg px-2 text-5xl font-semibold tracking-tight sm:text-6xl ${flash}`}>
      {format(price)}
    </p>
  );
}

/** Says the price once, for whoever asks: a live region that spoke with each tick would be of no use. */
function ReadAloud({ me }: { me: Me }) {
  const [said, say] = useState('');
  const read = () => {
    const price = feed.own.last?.price ?? me.price;
    const at = new Date().toLocaleTimeString();
    say(`At ${at} your share is at ${format(price)}, ${changeInWords(me.openingPrice, price)} since registration.`);
  };
  return (
    <>
      <Button look="quiet" className="-mr-3" aria-label="Read the price" title="Read the price to a screen reader" onClick={read}>
        <Volume2 aria-hidden="true" className="size-4" />
      </Button>
      <span role="status" className="sr-only">
        {said}
      </span>
    </>
  );
}
