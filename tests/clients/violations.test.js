// What each client sees of a connection that the server ends, as docs/graphql.md says.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, subscriptionExchange } from '@urql/core';
import { print } from 'graphql';
import WebSocket from 'ws';

import { clientOf } from './support/client.js';
import { ask, inTime, newUser } from './support/stack.js';

// GraphQLWsLink compares with the browser's, which Node.js has from version 22 on.
globalThis.WebSocket ??= WebSocket;

const MARKET = 'subscription { onMarket { tick } }';
/** How graphql-ws says that the first message was no acknowledgement, and closes. It does not connect again by itself. */
const REFUSED = /First message cannot be of type error/;
const BAD_RESPONSE = 4004;

/** Each client, as a way to subscribe with a socket of graphql-ws. */
const CLIENTS = {
  'graphql-ws': (socket, { next, error }) =>
    socket.subscribe({ query: MARKET }, { next: ({ data }) => next(data), error, complete: () => {} }),

  'Apollo Client': (socket, { next, error }) => {
    const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
    const told = client.subscribe({ query: gql(MARKET) }).subscribe({
      next: (result) => (result.error ? error(result.error) : next(result.data)),
      error,
    });
    return () => told.unsubscribe();
  },

  urql: (socket, { next, error }) => {
    const exchange = subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: socket.subscribe({ query: typeof query === 'string' ? query : print(query), variables }, sink),
        }),
      }),
    });
    const client = new Client({ url: 'unused:', exchanges: [exchange], preferGetMethod: false });
    const told = client.subscription(MARKET, {}).subscribe((result) => {
      if (result.error) error(result.error);
      else if (result.data) next(result.data);
    });
    return () => told.unsubscribe();
  },
};

/** Subscribes, and follows the connections of the socket and what is said on them. */
function follow(t, subscribe, user, options = {}) {
  const seen = { opened: 0, closeCodes: [], reasons: [], results: 0, acknowledged: undefined };
  const reasonOf = ({ type, payload }) => {
    const [error] = type === 'error' ? payload : type === 'ping' && payload ? [payload] : [];
    if (error?.extensions.closeCode) seen.reasons.push(error.extensions.closeCode);
  };
  const socket = clientOf(t, user, {
    retryWait: async () => {},
    ...options,
    on: {
      opened: () => (seen.opened += 1),
      connected: (connection) => (seen.acknowledged = connection),
      closed: ({ code }) => seen.closeCodes.push(code),
      message: reasonOf,
    },
  });
  seen.again = () =>
    new Promise((resolve) => {
      const stop = subscribe(socket, { next: () => (seen.results += 1), error: resolve });
      t.after(stop);
    });
  seen.failed = seen.again();
  return seen;
}

async function until(condition, what) {
  let isOver = false;
  const holds = async () => {
    while (!condition() && !isOver) await setTimeout(20);
  };
  await inTime(holds(), what).finally(() => (isOver = true));
}

for (const [name, subscribe] of Object.entries(CLIENTS)) {
  describe(`${name}, when the server ends its connection`, { concurrency: true, timeout: 120_000 }, () => {
    let ada;
    before(async () => {
      ada = await newUser();
    });

    it('fails for good with a token that is not accepted (4403)', async (t) => {
      const seen = follow(t, subscribe, { token: 'x.y.z' });
      const error = await inTime(seen.failed, 'the error');
      assert.match(`${error}`, REFUSED);
      await until(() => seen.closeCodes.length > 0, 'the close');
      assert.deepEqual([seen.reasons, seen.closeCodes], [[4403], [BAD_RESPONSE]]);
      // It does not come back: not even within the time in which the server would close it.
      await setTimeout(1_000);
      assert.equal(seen.opened, 1);
    });

    it('is let in with a new token when it subscribes again (4403)', async (t) => {
      const tokens = ['x.y.z', ada.token];
      const seen = follow(t, subscribe, ada, { connectionParams: () => ({ token: tokens.shift() }) });
      assert.match(`${await inTime(seen.failed, 'the error')}`, REFUSED);
      await until(() => seen.closeCodes.length > 0, 'the close');
      seen.again();
      await until(() => seen.results > 0, 'a result');
      assert.deepEqual([seen.opened, seen.reasons, seen.closeCodes], [2, [4403], [BAD_RESPONSE]]);
    });

    it('connects again when its token comes too late (4408)', async (t) => {
      const tokens = [() => setTimeout(60_000, undefined, { ref: false }), () => ({ token: ada.token })];
      const seen = follow(t, subscribe, ada, { connectionParams: () => (tokens.shift() ?? tokens[0])() });
      await until(() => seen.results > 0, 'a result');
      assert.deepEqual([seen.opened, seen.reasons, seen.closeCodes], [2, [4408], [1000]]);
    });

    for (const [what, message, closeCode] of [
      ['what is no message (4400)', 'NONSENSE', 4400],
      ['a second connection_init (4429)', JSON.stringify({ type: 'connection_init' }), 4429],
    ]) {
      it(`connects again after ${what}`, async (t) => {
        const seen = follow(t, subscribe, ada);
        await until(() => seen.results > 0, 'a result');
        seen.acknowledged.send(message);
        const before = seen.results;
        await until(() => seen.opened === 2 && seen.results > before, 'a result of another connection');
        assert.deepEqual([seen.reasons, seen.closeCodes], [[closeCode], [1000]]);
      });
    }

    it('fails for good when its user is deleted (4403)', async (t) => {
      const eve = await newUser();
      const seen = follow(t, subscribe, eve);
      await until(() => seen.results > 0, 'a result');
      await ask('mutation { deleteMe }', {}, eve.token);
      const error = await inTime(seen.failed, 'the error');
      assert.match(`${error}`, REFUSED);
      await until(() => seen.closeCodes.length > 1, 'the close');
      // The second connection is refused, as nobody has the token.
      assert.deepEqual([seen.reasons, seen.closeCodes], [[4403, 4403], [1000, BAD_RESPONSE]]);
    });
  });
}
