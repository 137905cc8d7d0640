import { useQuery } from '@apollo/client/react';
import { Download, LoaderCircle } from 'lucide-react';
import { useState } from 'react';

import { toasts } from '../../app';
import { type SnapshotFieldsFragment, SnapshotsDocument } from '../../gql/graphql';
import { offerFile, wholeCsv } from '../../lib/csv';
import { format } from '../../live/decimal';
import { session } from '../../session/current';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Change } from '../../ui/change';
import { Sparkline } from '../../ui/sparkline';
import { Empty, ErrorNote, Loading, messageOf } from '../../ui/states';
import { Time } from '../../ui/time';
import { usePendingSnapshots } from '../overview/save-snapshot';

export function History() {
  const { data, error, refetch, fetchMore } = useQuery(SnapshotsDocument, { fetchPolicy: 'cache-and-network', nextFetchPolicy: 'cache-first' });
  const [isLoading, setIsLoading] = useState(false);
  const pending = usePendingSnapshots();
  const page = data?.me?.snapshots;
  const more = async () => {
    setIsLoading(true);
    await fetchMore({ variables: { after: page?.pageInfo.endCursor } }).catch((failure: unknown) =>
      toasts.add({ type: 'info', title: 'Older snapshots could not be loaded', description: messageOf(failure) }),
    );
    setIsLoading(false);
  };
  if (!page) {
    return (
      <Card title="History">
        {error ? (
          <div className="p-4">
            <ErrorNote error={error} retry={() => void refetch()} />
          </div>
        ) : (
          <Loading label="The history is being loaded" rows={6} />
        )}
      </Card>
    );
  }
  return (
    <Card title="History" action={page.nodes.length > 0 && <DownloadCsv userId={data.me!.id} />}>
      {page.nodes.length + pending.length === 0 ? (
        <Empty title="No snapshots yet">Save one, and it is listed here with the change since the one before.</Empty>
      ) : (
        <>
          {page.nodes.length > 1 && <Line saved={page.nodes} />}
          <Table pending={pending} saved={page.nodes} />
          {page.pageInfo.hasNextPage && (
            <div className="border-t border-line p-3 text-center">
              <Button disabled={isLoading} onClick={() => void more()}>
                {isLoading ? 'Loading…' : 'Show older ones'}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

/** One point for each snapshot, as far as they are loaded. */
function Line({ saved }: { saved: readonly SnapshotFieldsFragment[] }) {
  const ticks = saved.map(({ price }, index) => ({ tick: saved.length - index, price })).reverse();
  return (
    <div className="border-b border-line">
      <Sparkline ticks={ticks} className="h-24" />
    </div>
  );
}

function Table({ pending, saved }: { pending: readonly SnapshotFieldsFragment[]; saved: readonly SnapshotFieldsFragment[] }) {
  const isSaved = new Set(saved.map(({ id }) => id));
  const rows = [...pending.filter(({ id }) => !isSaved.has(id)), ...saved];
  return (
    <table className="w-full text-sm" aria-label="Snapshots, the newest first">
      <thead className="text-left text-xs text-muted">
        <tr className="border-b border-line">
          <th className="py-2.5 pl-4 font-medium sm:pr-4">Asked for</th>
          <th className="px-2 py-2.5 text-right font-medium sm:px-4">Price</th>
          <th className="py-2.5 pr-4 text-right font-medium sm:pl-4">Change</th>
          <th className="hidden px-4 py-2.5 text-right font-medium sm:table-cell">State</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {rows.map((row, index) => (
          <Row key={row.id} snapshot={row} before={rows[index + 1]} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ snapshot, before }: { snapshot: SnapshotFieldsFragment; before: SnapshotFieldsFragment | undefined }) {
  const isSaved = snapshot.status === 'SAVED';
  return (
    <tr data-snapshot={snapshot.status}>
      <td className="py-2.5 pl-4 sm:pr-4 [&>time]:whitespace-normal">
        <Time at={snapshot.requestedAt} />
        {!isSaved && <Pending className="sm:hidden" />}
      </td>
      <td className="px-2 py-2.5 text-right font-medium sm:px-4">{format(snapshot.price)}</td>
      <td className="py-2.5 pr-4 text-right sm:pl-4">{before ? <Change from={before.price} to={snapshot.price} className="justify-end" /> : '–'}</td>
      <td className="hidden px-4 py-2.5 text-right text-muted sm:table-cell">{isSaved ? 'saved' : <Pending />}</td>
    </tr>
  );
}

function Pending({ className = '' }: { className?: string }) {
  return (
    <span className={`ml-2 inline-flex items-center gap-1.5 text-warning ${className}`}>
      <LoaderCircle aria-hidden="true" className="size-4 animate-spin" /> pending
    </span>
  );
}

function DownloadCsv({ userId }: { userId: string }) {
  const [isLoading, setIsLoading] = useState(false);
  const download = async () => {
    setIsLoading(true);
    try {
      const csv = await wholeCsv(`/analytics/user/${userId}?limit=100`, session);
      offerFile('snapshots.csv', 'text/csv', csv);
    } catch (error) {
      toasts.add({ type: 'info', title: 'The table could not be downloaded', description: messageOf(error) });
    }
    setIsLoading(false);
  };
  return (
    <Button look="quiet" className="-mr-3" disabled={isLoading} onClick={() => void download()}>
      <Download aria-hidden="true" className="size-4" /> {isLoading ? 'Downloading…' : 'CSV'}
    </Button>
  );
}
