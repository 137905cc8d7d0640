// A function that crashes while it answers a message ends nothing for good: with the examples of the documentation.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { ApolloClient, ApolloLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import WebSocket from 'ws';

import { resumingLink } from '../recipes/apollo.js';
import { behindGateway } from '../recipes/gateway.js';
import { resumable } from '../recipes/resuming.js';
import { clientOf } from '../support/client.js';
import { inTime, newUser } from '../support/stack.js';

globalThis.WebSocket ??= WebSocket;

const PRICES = `subscription($users: [ID!], $since: Int) {
  onPriceUpdate(userIds: $users, since: $since) { tick resume prices { userId price } replay { to complete } }
}`;

/** Kills the process of a function when it answers next. */
async function killAtAnswer(name) {
  const response = await fetch(`${process.env.FASTFUSION_URL}/_emulator/functions/${name}/kill-at-answer`, { method: 'POST' });
  assert.equal(response.status, 200);
}

const CLIENTS = {
  'graphql-ws': (client, variables, next) => {
    const resuming = resumable(variables);
    const heard = ({ data }) => {
      resuming.heard(data.onPriceUpdate);
      next(data.onPriceUpdate);
    };
    return client.subscribe({ query: PRICES, variables: resuming.variables }, { next: heard, error: assert.fail, complete() {} });
  },
  'Apollo Client': (client, variables, next) => {
    const apollo = new ApolloClient({ link: ApolloLink.from([resumingLink, new GraphQLWsLink(client)]), cache: new InMemoryCache() });
    const prices = apollo.subscribe({ query: gql(PRICES), variables: { since: undefined, ...variables } });
    const subscription = prices.subscribe(({ data, error }) => {
      assert.equal(error, undefined);
      next(data.onPriceUpdate);
    });
    return () => subscription.unsubscribe();
  },
};

/** What makes a function answer, beside the subscription that is there. */
const CAUSES = {
  // A ping of graphql-ws.
  'ws-message': () => () => {},
  'ws-operation': (client) => {
    const next = () => {};
    return client.subscribe({ query: 'subscription { onMarket { tick } }' }, { next, error: assert.fail, complete: next });
  },
};

describe('a crash', { timeout: 180_000 }, () => {
  let people;
  before(async () => {
    people = await Promise.all([newUser(), newUser(), newUser()]);
  });

  for (const name of Object.keys(CLIENTS)) {
    for (const [killed, cause] of Object.entries(CAUSES)) {
      it(`of ${killed} costs ${name} no price`, async (t) => {
        let [connections, gatewayErrors] = [0, 0];
        class Counted extends WebSocket {
          constructor(...of) {
            super(...of);
            this.on('message', (data) => (gatewayErrors += /"Internal server error"/.test(data)));
          }
        }
        const client = clientOf(t, people[0], {
          webSocketImpl: behindGateway(Counted),
          keepAlive: killed === 'ws-message' ? 1_000 : 0,
          retryWait: () => setTimeout(6_000),
          on: { connected: () => (connections += 1) },
        });
        const users = people.map(({ id }) => id);
        const ticks = new Map(users.map((user) => [user, new Set()]));
        let [first, last] = [undefined, 0];
        let [isKilled, stopCause] = [false, () => {}];
        const enough = new Promise((resolve, reject) => {
          const next = async ({ tick, resume, prices }) => {
            first ??= tick;
            for (const { userId } of prices) ticks.get(userId).add(tick);
            last = Math.max(last, resume ?? 0);
            if (!isKilled && last > first) {
              isKilled = true;
              await killAtAnswer(killed);
              stopCause = cause(client);
            }
            if (connections === 2 && last > first + 4) resolve();
          };
          const stop = CLIENTS[name](client, { users }, (update) => next(update).catch(reject));
          t.after(() => [stop, stopCause].forEach((end) => end()));
        });
        await inTime(enough, 'ticks after the crash', 120_000);
        assert.equal(gatewayErrors, 1);
        for (const [user, seen] of ticks) {
          const missing = Array.from({ length: last - first + 1 }, (_, n) => first + n).filter((tick) => !seen.has(tick));
          assert.deepEqual(missing, [], `ticks of ${user}`);
        }
      });
    }
  }
});
