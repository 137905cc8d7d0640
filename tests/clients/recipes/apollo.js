import { ApolloLink } from '@apollo/client';
import { tap } from 'rxjs';

import { resumable } from './resuming.js';

/**
 * Put before `GraphQLWsLink`, it resumes every subscription whose variables name `since` (it may be undefined at first).
 * Apollo Client copies the variables of an operation, so they have to be replaced on the way to the socket.
 */
export const resumingLink = new ApolloLink((operation, forward) => {
  if (!('since' in operation.variables)) return forward(operation);
  const { variables, heard } = resumable(operation.variables);
  operation.variables = variables;
  const listen = ({ data }) => Object.values(data ?? {}).forEach((update) => update?.tick && heard(update));
  return forward(operation).pipe(tap(listen));
});
