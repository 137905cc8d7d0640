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
  const client = createClient({
    url: FEED,
    lazy: true,
    connectionParams: () => authorization(token),
    on: {
      connecting: () => onFeed('connecting'),
      connected: () => onFeed('connected'),
      closed: ({ reason }) => onFeed(reason ? `closed (${reason})` : 'closed'),
      message: (message) => violation(message, onFeed),
    },
  });
  const send = createGraphiQLFetcher({ url: URL, headers: authorization(token), wsClient: client });
  const fetcher = async (operation, options) => {
    const result = await send(operation, options);
    if (isSchemaHidden(operation, result)) onNoSchema();
    return result;
  };
  return { fetcher, close: () => client.dispose() };
}

/** The server says why it is about to close the connection in an error whose code is a close code. */
function violation({ type, payload }, onFeed) {
  const closeCode = type === 'error' && payload[0]?.extensions?.closeCode;
  if (closeCode) onFeed(`${payload[0].message} (${closeCode})`);
}

function isSchemaHidden({ operationName }, result) {
  const hidden = ({ extensions }) => extensions?.code === 'INTROSPECTION_DISABLED';
  return operationName === 'IntrospectionQuery' && Boolean(result.errors?.some(hidden));
}
