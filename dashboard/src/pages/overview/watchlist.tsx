import { useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';

import { ShareholderDocument } from '../../gql/graphql';
import { usePreference, watchlist } from '../../lib/preferences';
import { LivePercent, LivePrice, useWatched } from '../../ui/live-price';
import { Empty } from '../../ui/states';
import { StarButton } from '../../ui/star';

function Row({ id }: { id: string }) {
  const { data, error } = useQuery(ShareholderDocument, { variables: { id } });
  const user = data?.user;
  const isGone = data && !user;
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto_4.75rem] items-center gap-2 py-1.5 pr-4 pl-2 text-sm">
      <StarButton id={id} name={user?.name ?? 'this shareholder'} />
      {user ? (
        <>
          <Link to="/shareholders/$id" params={{ id }} className="truncate hover:underline">
            {user.name}
          </Link>
          <LivePrice userId={id} price={user.price} />
          <LivePercent userId={id} price={user.price} since={user.openingPrice} className="justify-end font-medium" />
        </>
      ) : (
        <span className="col-span-3 text-muted">{isGone ? 'has left' : error ? 'could not be loaded' : '…'}</span>
      )}
    </li>
  );
}

/** Whom this browser's user wants to see first. */
export function WatchlistRows() {
  const [ids] = usePreference(watchlist);
  useWatched(ids);
  if (ids.length === 0) {
    return (
      <Empty title="Nobody is on your watchlist">
        Put shareholders on it with the star{' '}
        <Link to="/shareholders" className="font-medium text-accent underline underline-offset-2">
          in their list
        </Link>
        .
      </Empty>
    );
  }
  return (
    <ul className="max-h-96 divide-y divide-line overflow-y-auto">
      {ids.map((id) => (
        <Row key={id} id={id} />
      ))}
    </ul>
  );
}
