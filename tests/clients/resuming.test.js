// No price is lost when a connection is cut, with the examples of the documentation.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { ApolloClient, ApolloLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient } from '@urql/core';
import WebSocket from 'ws';

import { resumingLink } from './recipes/apollo.js';
import { resumable } from './recipes/resuming.js';
import { resumingExchange } from './recipes/urql.js';
import { clientOf } from './support/client.js';
import { inTime, newUser } from './support/stack.js';

globalThis.WebSocket ??= WebSocket;

const PRICES = `subscription($users: [ID!], $since: Int) {
  onPriceUpdate(userIds: $users, since: $since) { tick resume prices { userId price } replay { from to complete } }
}`;
const MARKET = 'subscription($since: Int) { onMarket(since: $since) { tick mean replay { to } } }';
/** More than three ticks. */
const OUTAGE_MS = 17_000;

/** Subscribes with each client; `next` is called with each update of the root field. */
const CLIENTS = {
  'graphql-ws': (client, { query, variables }, next) => {
    const resuming = resumable(variables);
    const heard = ({ data }) => {
      const [update] = Object.values(data);
      resuming.heard(update);
      next(update);
    };
    return client.subscribe({ query, variables: resuming.variables }, { next: heard, error: assert.fail, complete() {} });
  },
  'Apollo Client': (client, { query, variables }, next) => {
    const link = ApolloLink.from([resumingLink, new GraphQLWsLink(client)]);
    const apollo = new ApolloClient({ link, cache: new InMemoryCache() });
    const prices = apollo.subscribe({ query: gql(query), variables: { since: undefined, ...variables } });
    const subscription = prices.subscribe(({ data, error }) => {
      assert.equal(error, undefined);
      next(Object.values(data)[0]);
    });
    return () => subscription.unsubscribe();
  },
  urql: (client, { query, variables }, next) => {
    const urql = new UrqlClient({ url: 'http://unused.invalid', exchanges: [resumingExchange(client)], preferGetMethod: false });
    const { unsubscribe } = urql.subscription(query, { since: undefined, ...variables }).subscribe(({ data, error }) => {
      assert.equal(error, undefined);
      next(Object.values(data)[0]);
    });
    return unsubscribe;
  },
};

/** A client whose connection can be cut; it connects again after the outage. */
function fragile(t, user) {
  let socket;
  const client = clientOf(t, user, {
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: () => setTimeout(OUTAGE_MS),
    on: { connected: (opened) => (socket = opened) },
  });
  return { client, cut: () => socket.terminate() };
}

/** Cuts the connection after two ticks, and again after the outage and two more; returns all updates. */
async function updatesWithTwoCuts(t, user, name, operation) {
  const { client, cut } = fragile(t, user);
  const updates = [];
  let cuts = 0;
  let seen = new Set();
  await new Promise((resolve) => {
    const stop = CLIENTS[name](client, operation, (update) => {
      updates.push(update);
      // Right in the middle of a replay the second time.
      if (!update.replay || cuts === 1) seen.add(update.tick);
      if (seen.size < (cuts === 1 ? 2 : 3)) return;
      if (cuts === 2) {
        stop();
        resolve();
      } else {
        cuts += 1;
        seen = new Set();
        cut();
      }
    });
    t.after(stop);
  });
  return updates;
}

describe('resuming', { concurrency: true, timeout: 180_000 }, () => {
  let people;
  before(async () => {
    people = await Promise.all(Array.from({ length: 12 }, () => newUser()));
  });

  for (const name of Object.keys(CLIENTS)) {
    it(`${name} misses no price of several users`, async (t) => {
      const users = people.map(({ id }) => id);
      const updates = await updatesWithTwoCuts(t, people[0], name, { query: PRICES, variables: { users } });
      const ticks = new Map(users.map((user) => [user, new Map()]));
      for (const { tick, prices } of updates) {
        for (const { userId, price } of prices) {
          const known = ticks.get(userId).get(tick);
          assert.ok(known === undefined || known === price, 'a price changed');
          ticks.get(userId).set(tick, price);
        }
      }
      // The first is the snapshot; what comes after the last that is complete may still be on its way.
      const first = updates[0].tick;
      const last = Math.max(...updates.map(({ resume }) => resume ?? 0));
      assert.ok(last - first >= 8, `only ${last - first} ticks went by`);
      for (const [user, prices] of ticks) {
        const missing = Array.from({ length: last - first + 1 }, (_, n) => first + n).filter((tick) => !prices.has(tick));
        assert.deepEqual(missing, [], `ticks of ${user}`);
      }
      for (const { replay } of updates) assert.ok(!replay || replay.complete);
    });

    it(`${name} misses no summary of the market`, async (t) => {
      const updates = await updatesWithTwoCuts(t, people[0], name, { query: MARKET, variables: {} });
      const ticks = [...new Set(updates.map(({ tick }) => tick))].sort((a, b) => a - b);
      assert.ok(ticks.length >= 8);
      assert.deepEqual(ticks, ticks.map((_, n) => ticks[0] + n));
    });
  }
});
