import { useQuery } from '@apollo/client/react';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';

import { ShareholdersDocument } from '../gql/graphql';
import { inputClass } from '../ui/field';
import { Page } from '../ui/page';
import { Empty, ErrorNote, Loading } from '../ui/states';
import { ShareholderTable } from './shareholders/table';

const SETTLE_MS = 250;
const MOST_CHARACTERS = 100;

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

export function Shareholders() {
  const [typed, setTyped] = useState('');
  const search = useSettled(typed.trim());
  return (
    <Page title="Shareholders">
      <search className="relative mb-4 block max-w-md">
        <Search aria-hidden="true" className="pointer-events-none absolute top-3 left-3 size-4 text-muted" />
        <input
          type="search"
          aria-label="Search by the beginning of a name"
          placeholder="Search by the beginning of a name"
          maxLength={MOST_CHARACTERS}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          className={`${inputClass} pl-9`}
        />
      </search>
      <Results search={search} />
    </Page>
  );
}

function Results({ search }: { search: string }) {
  const { data, error, loading, fetchMore, refetch } = useQuery(ShareholdersDocument, {
    variables: search ? { search } : {},
    fetchPolicy: 'cache-and-network',
    nextFetchPolicy: 'cache-first',
  });
  const [moreError, setMoreError] = useState<unknown>();
  const [isLoadingMore, setIsLoadingMore] = useState(false);
  const users = data?.users;
  const loadMore = async () => {
    if (isLoadingMore || !users?.pageInfo.hasNextPage) return;
    setIsLoadingMore(true);
    setMoreError(undefined);
    await fetchMore({ variables: { after: users.pageInfo.endCursor } }).catch(setMoreError);
    setIsLoadingMore(false);
  };
  if (!users) return error && !loading ? <ErrorNote error={error} retry={() => void refetch()} /> : <Loading label="The shareholders are being loaded" rows={10} />;
  if (users.nodes.length === 0) return <NoResults search={search} />;
  return (
    <>
      <p role="status" className="mb-2 text-sm text-muted">
        {users.nodes.length}
        {users.pageInfo.hasNextPage ? ' and more' : ''} in the order of their names
      </p>
      <ShareholderTable users={users.nodes} hasMore={users.pageInfo.hasNextPage} onEnd={() => void (moreError === undefined && loadMore())} />
      {moreError !== undefined && (
        <div className="mt-3">
          <ErrorNote error={moreError} retry={() => void loadMore()} />
        </div>
      )}
    </>
  );
}

function NoResults({ search }: { search: string }) {
  return (
    <div className="card">
      {search ? <Empty title={`Nobody's name begins with “${search}”`}>Try fewer letters.</Empty> : <Empty title="Nobody has registered yet" />}
    </div>
  );
}
