import type { ObservableQuery } from '@apollo/client';

/**
 * Asks again for what a change has made old. Apollo has a query join an equal one that is on its way, whose answer may have been read before
 * the change: where there is one, that is waited for, and asked once more.
 */
export async function askAgain(query: ObservableQuery): Promise<unknown> {
  if (query.getCurrentResult().loading) await query.refetch().catch(() => undefined);
  return query.refetch();
}
