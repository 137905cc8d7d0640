// The client of graphql-ws, and what its subscriptions bring.
import assert from 'node:assert/strict';

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { FEED, inTime } from './stack.js';

/** A client of a user that ends with the test. */
export function clientOf(t, user, options = {}) {
  const client = createClient({
    url: FEED,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${user.token}` },
    ...options,
  });
  t.after(() => client.dispose());
  return client;
}

/** What an operation brings, one after the other. It ends with the test, or when it is returned from. */
export class Results {
  #iterator;

  constructor(t, client, query, variables = undefined) {
    this.#iterator = client.iterate({ query, variables });
    // With the client's WebSocket gone, nobody waits for it.
    t.after(() => void this.#iterator.return());
  }

  /** The data of the next result, which must have no errors. */
  async data() {
    const { done, value } = await inTime(this.#iterator.next(), 'a result');
    assert.ok(!done, 'the operation has ended');
    assert.equal(value.errors, undefined, JSON.stringify(value.errors));
    return value.data;
  }

  /** The values of a root field of the next results. */
  async take(count, field) {
    const values = [];
    while (values.length < count) values.push((await this.data())[field]);
    return values;
  }

  /** That there are no more. */
  async end() {
    const { done } = await inTime(this.#iterator.next(), 'the end');
    assert.ok(done);
  }

  /** Says that no more are wanted. */
  stop() {
    return this.#iterator.return();
  }
}

/** All results of a query or a mutation. */
export async function resultsOf(client, query, variables = undefined) {
  const results = [];
  for await (const result of client.iterate({ query, variables })) results.push(result);
  return results;
}

/** Each tick is the one after that before it: none is missing, none comes twice. */
export function assertConsecutive(updates) {
  const ticks = updates.map(({ tick }) => tick);
  const expected = ticks.map((_, index) => ticks[0] + index);
  assert.deepEqual(ticks, expected);
}
