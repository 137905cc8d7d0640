import { subscriptionExchange } from '@urql/core';

import { resumable } from './resuming.js';

/** The exchange for subscriptions over a client of graphql-ws; it resumes those whose variables name `since`. */
export const resumingExchange = (client) =>
  subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => {
        if (!variables || !('since' in variables)) return { unsubscribe: client.subscribe({ query, variables }, sink) };
        const resuming = resumable(variables);
        const next = (result) => {
          Object.values(result.data ?? {}).forEach((update) => update?.tick && resuming.heard(update));
          sink.next(result);
        };
        return { unsubscribe: client.subscribe({ query, variables: resuming.variables }, { ...sink, next }) };
      },
    }),
  });
