import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';

import { URL, authorization } from './api.js';

const FEED = document.querySelector('meta[name=feed]').content;

/**
 * How operations get to the server as the owner of a token, or as nobody: subscriptions over a WebSocket that opens with
 * the first of them, everything else over HTTP. `onFeed` is told what becomes of the WebSocket, `onNoSchema` that the
 * server keeps its schema to itself.
 */
export function connect(token, { onFeed, onNoSchema }) {
  onFeed('idle');
  let violation = '';
  const client = createClient({
    url: FEED,
    lazy: true,
    connectionParams: () => authorization(token),
    on: {
      connecting: () => onFeed('connecting'),
      connected: () => onFeed('connected'),
      closed: () => onFeed('closed'),
      message: (message) => {
        violation = violationOf(message) ?? violation;
      },
    },
  });
  const subscribe = (operation, sink) =>
    client.subscribe(operation, { ...sink, error: (cause) => sink.error(readable(cause, violation)) });
  const send = createGraphiQLFetcher({
    url: URL,
    headers: authorization(token),
    wsClient: { ...client, subscribe },
  });
  const fetcher = async (operation, options) => {
    const result = await send(operation, options);
    if (isSchemaHidden(operation, result)) onNoSchema();
    return result;
  };
  return { fetcher, close: () => client.dispose() };
}

/** The server says why it is about to close the connection in an error that names the close code. */
function violationOf({ type, payload }) {
  const closeCode = type === 'error' && payload[0]?.extensions?.closeCode;
  return closeCode ? `${payload[0].message} (${closeCode})` : undefined;
}

/** Why a subscription failed: the errors of the server, or what became of the WebSocket, whose events say nothing. */
function readable(cause, violation) {
  if (Array.isArray(cause)) return cause;
  if (violation) return new Error(violation);
  if (cause instanceof CloseEvent) return new Error(`The WebSocket was closed: ${cause.code} ${cause.reason}`);
  return cause instanceof Error ? cause : new Error('The WebSocket could not be opened.');
}

function isSchemaHidden({ operationName }, result) {
  const hidden = ({ extensions }) => extensions?.code === 'INTROSPECTION_DISABLED';
  return operationName === 'IntrospectionQuery' && Boolean(result.errors?.some(hidden));
}
