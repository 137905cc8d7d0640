import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import type { ShareholdersQuery } from '../../gql/graphql';
import { format } from '../../live/decimal';
import { LivePercent, LivePrice, useWatched } from '../../ui/live-price';
import { StarButton } from '../../ui/star';

type User = NonNullable<ShareholdersQuery['users']>['nodes'][number];

const ROW_HEIGHT = 44;
const COLUMNS = 'grid grid-cols-[2.25rem_minmax(0,1fr)_4.75rem_4.75rem] sm:grid-cols-[2.5rem_minmax(0,1fr)_8rem_8rem_8rem] items-center gap-1.5 pr-3 pl-1 sm:gap-2 sm:pr-4';

interface TableProps {
  users: readonly User[];
  /** Whether there are more than these. */
  hasMore: boolean;
  /** The end of what is loaded comes into view. */
  onEnd: () => void;
}

/** Renders the rows in view alone, and has only their prices come live. */
export function ShareholderTable({ users, hasMore, onEnd }: TableProps) {
  const body = useRef<HTMLDivElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => setScrollMargin(body.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({ count: users.length, estimateSize: () => ROW_HEIGHT, overscan: 10, scrollMargin });
  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useWatched(items.flatMap(({ index }) => users[index]?.id ?? []));
  useEffect(() => {
    if (lastIndex >= users.length - 10) onEnd();
  });
  return (
    <div role="table" aria-label="Shareholders" aria-rowcount={hasMore ? -1 : users.length + 1} className="card relative overflow-clip">
      <div role="rowgroup" className="sticky top-14 z-1 border-b border-line bg-panel">
        <div role="row" aria-rowindex={1} className={`${COLUMNS} h-10 text-xs font-medium text-muted`}>
          <span role="columnheader">
            <span className="sr-only">On the watchlist</span>
          </span>
          <span role="columnheader">Name</span>
          <span role="columnheader" className="hidden text-right sm:block">
            Opening price
          </span>
          <span role="columnheader" className="text-right">
            Price
          </span>
          <span role="columnheader" className="text-right">
            Change
          </span>
        </div>
      </div>
      <div role="rowgroup" ref={body} className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const user = users[index];
          return (
            user && (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                className={`${COLUMNS} contain-strict absolute inset-x-0 h-11 border-b border-line/60 text-sm`}
                style={{ top: start - scrollMargin }}
              >
                <Cells user={user} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function Cells({ user }: { user: User }) {
  const { id, name, openingPrice, price } = user;
  return (
    <>
      <span role="cell">
        <StarButton id={id} name={name} />
      </span>
      <span role="cell" className="truncate">
        <Link to="/shareholders/$id" params={{ id }} className="hover:underline">
          {name}
        </Link>
      </span>
      <span role="cell" className="hidden text-right text-muted sm:block">
        {format(openingPrice)}
      </span>
      <span role="cell" className="text-right">
        <LivePrice userId={id} price={price} />
      </span>
      <span role="cell" className="text-right">
        <LivePercent userId={id} price={price} since={openingPrice} className="font-medium" />
      </span>
    </>
  );
}
