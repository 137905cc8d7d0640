import { ApolloClient, ApolloLink, CombinedGraphQLErrors, type FieldFunctionOptions, HttpLink, InMemoryCache, Observable } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { from, switchMap } from 'rxjs';

import type { Session } from './session';

interface SentContext {
  token?: string;
  wasRefused?: boolean;
}

/** Sends each request with a token that is valid for a while yet. */
const authorized = (session: Session) =>
  new SetContextLink(async (previous) => {
    const token = await session.token();
    return { ...previous, token, headers: { Authorization: `Bearer ${token}` } };
  });

/** Asks once more, with a newer token, where the token was refused. */
const renewing = (session: Session) =>
  new ErrorLink(({ error, operation, forward }): Observable<ApolloLink.Result> | undefined => {
    const { token = '', wasRefused = false } = operation.getContext() as SentContext;
    const isRefusal = CombinedGraphQLErrors.is(error) && error.errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED');
    if (!isRefusal || wasRefused) return undefined;
    operation.setContext({ wasRefused: true });
    return from(session.refused(token)).pipe(switchMap(() => forward(operation)));
  });

interface Connection {
  nodes: readonly unknown[];
}

/** A page that comes after another follows it; one that comes after none begins the list anew. */
function appended(known: Connection | undefined, page: Connection, { args }: FieldFunctionOptions): Connection {
  return known && args?.after ? { ...page, nodes: [...known.nodes, ...page.nodes] } : page;
}

export function apolloFor(session: Session): ApolloClient {
  return new ApolloClient({
    // The order matters: what is asked again is authorized again.
    link: ApolloLink.from([renewing(session), authorized(session), new HttpLink({ uri: '/api/v1/users/graphql' })]),
    cache: new InMemoryCache({
      typePolicies: {
        Query: {
          fields: {
            users: { keyArgs: ['search', 'orderBy'], merge: appended },
            // Whoever came with a list need not be asked for again.
            user: { read: (known: unknown, { args, toReference }) => known ?? toReference({ __typename: 'User', id: String(args?.id) }) },
          },
        },
        User: {
          fields: {
            notifications: { merge: true },
            alerts: { merge: false },
            snapshots: { keyArgs: false, merge: appended },
          },
        },
      },
    }),
  });
}
