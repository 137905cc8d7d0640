// graphql-transport-ws message by message, as a client that is not one of ours might speak it.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

import WebSocket from 'ws';

import { PROTOCOL, Socket } from './support/socket.js';
import { FEED, newUser } from './support/stack.js';

const MARKET = 'subscription { onMarket { tick } }';

describe('the protocol', { concurrency: true, timeout: 120_000 }, () => {
  let ada;
  before(async () => {
    ada = await newUser();
  });

  it('is chosen among those that are offered, and named in the answer', async (t) => {
    for (const offered of [[PROTOCOL], ['mqtt', PROTOCOL], [PROTOCOL, 'fastfusion.v1']]) {
      const socket = await Socket.open(t, offered);
      assert.equal(socket.protocol, PROTOCOL);
    }
  });

  it('is refused if no other than unknown ones are offered', async (t) => {
    const socket = new WebSocket(FEED, ['graphql-ws']);
    t.after(() => socket.terminate());
    const status = await new Promise((resolve) => {
      socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
      socket.once('error', resolve);
    });
    assert.equal(status, 400);
  });

  it('takes the token under its usual names', async (t) => {
    const bearer = `Bearer ${ada.token}`;
    for (const payload of [{ Authorization: bearer }, { authorization: bearer }, { token: ada.token }]) {
      const socket = await Socket.open(t);
      socket.send({ type: 'connection_init', payload });
      assert.deepEqual(await socket.next(), { type: 'connection_ack' });
    }
  });

  it('answers a ping with its payload, also before the acknowledgement', async (t) => {
    const socket = await Socket.open(t);
    socket.send({ type: 'ping' });
    assert.deepEqual(await socket.next(), { type: 'pong' });
    const payload = { sent: 1, nested: { text: 'ü' } };
    socket.send({ type: 'ping', payload });
    assert.deepEqual(await socket.next(), { type: 'pong', payload });
  });

  it('takes a pong that nobody asked for, and the end of what it does not know', async (t) => {
    const socket = await Socket.acknowledged(t, ada);
    socket.send({ type: 'pong', payload: { idle: true } });
    socket.send({ id: 'unknown', type: 'complete' });
    socket.send({ type: 'ping' });
    assert.deepEqual(await socket.next(), { type: 'pong' });
    assert.ok(socket.isOpen);
  });

  it('answers a query with one result and its end', async (t) => {
    const socket = await Socket.acknowledged(t, ada);
    const query = 'query Named($id: ID!) { user(id: $id) { name } } query Other { market { tick } }';
    const payload = { query, operationName: 'Named', variables: { id: ada.id }, extensions: { trace: true } };
    // An id may be used again when its operation has ended.
    for (let round = 0; round < 2; round += 1) {
      socket.send({ id: 'q', type: 'subscribe', payload });
      const data = { user: { name: 'Ada Lovelace' } };
      assert.deepEqual(await socket.next(), { id: 'q', type: 'next', payload: { data } });
      assert.deepEqual(await socket.next(), { id: 'q', type: 'complete' });
    }
  });

  it('ignores the end of what has ended', async (t) => {
    const socket = await Socket.acknowledged(t, ada);
    for (const [query, type] of [['{ me { id } }', 'next'], ['{', 'error']]) {
      const id = `${type} has come`;
      socket.subscribe(id, query);
      assert.equal((await socket.next()).type, type);
      if (type === 'next') assert.deepEqual(await socket.next(), { id, type: 'complete' });
      for (let count = 0; count < 2; count += 1) socket.send({ id, type: 'complete' });
    }
    socket.send({ type: 'ping' });
    assert.deepEqual(await socket.next(), { type: 'pong' });
    assert.ok(socket.isOpen);
  });

  it('may use the id of a subscription again when it has completed it', async (t) => {
    const socket = await Socket.acknowledged(t, ada);
    for (const query of [MARKET, MARKET, '{ me { id } }']) {
      socket.subscribe('again', query);
      assert.equal((await socket.next()).type, 'next');
      if (query !== MARKET) continue;
      socket.send({ id: 'again', type: 'complete' });
      // A result that was on its way comes before the answer.
      socket.send({ type: 'ping' });
      while ((await socket.next()).type !== 'pong');
    }
    assert.deepEqual(await socket.next(), { id: 'again', type: 'complete' });
  });

  it('answers a mutation with one result and its end', async (t) => {
    const grace = await newUser();
    const socket = await Socket.acknowledged(t, grace);
    socket.subscribe('m', 'mutation { updateMe(input: { name: "Grace Hopper" }) { name } }');
    const data = { updateMe: { name: 'Grace Hopper' } };
    assert.deepEqual(await socket.next(), { id: 'm', type: 'next', payload: { data } });
    assert.deepEqual(await socket.next(), { id: 'm', type: 'complete' });
  });

  it('shows what a field could not give beside what the others could', async (t) => {
    const grace = await newUser();
    const socket = await Socket.acknowledged(t, ada);
    socket.subscribe('q', 'query($id: ID!) { user(id: $id) { name email } }', { id: grace.id });
    const { type, payload } = await socket.next();
    assert.equal(type, 'next');
    assert.deepEqual(payload.data, { user: { name: 'Ada Lovelace', email: null } });
    assert.equal(payload.errors[0].extensions.code, 'FORBIDDEN');
    assert.deepEqual(await socket.next(), { id: 'q', type: 'complete' });
  });

  it('answers what can not be executed with an error, and goes on', async (t) => {
    const socket = await Socket.acknowledged(t, ada);
    for (const [query, code] of [
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query A { me { id } } query B { me { id } }', 'OPERATION_RESOLUTION_FAILURE'],
    ]) {
      socket.subscribe('bad', query);
      const { id, type, payload } = await socket.next();
      assert.deepEqual([id, type, payload[0].extensions.code], ['bad', 'error', code], query);
      assert.equal(typeof payload[0].message, 'string');
      assert.equal(payload[0].extensions.closeCode, undefined);
    }
    socket.send({ type: 'ping' });
    assert.deepEqual(await socket.next(), { type: 'pong' });
  });

  it('brings a subscription until it is completed', async (t) => {
    const socket = await Socket.acknowledged(t, ada);
    socket.subscribe('live', MARKET);
    for (let count = 0; count < 2; count += 1) {
      const { type, payload } = await socket.nextOf('live');
      assert.equal(type, 'next');
      assert.equal(typeof payload.data.onMarket.tick, 'number');
    }
    socket.send({ id: 'live', type: 'complete' });
    socket.subscribe('other', MARKET);
    // A tick that was under way may still come; what goes on after its end would come with every tick of the other.
    for (let alone = 0; alone < 3;) {
      const { id } = await socket.next();
      alone = id === 'other' ? alone + 1 : 0;
    }
  });
});

describe('a violation', { concurrency: true, timeout: 120_000 }, () => {
  let ada;
  before(async () => {
    ada = await newUser();
  });

  /** An error that names the close code is the last message, but for what comes meanwhile, and the connection closes. */
  async function assertClosed(socket, closeCode, ids = ['connection'], comesMeanwhile = () => false) {
    let error = await socket.next();
    while (comesMeanwhile(error)) error = await socket.next();
    assert.equal(error.type, 'error', JSON.stringify(error));
    assert.ok(ids.includes(error.id), `the id is ${error.id}`);
    assert.equal(error.payload.length, 1);
    const [{ message, extensions }] = error.payload;
    assert.equal(extensions.closeCode, closeCode, message);
    assert.equal(typeof extensions.code, 'string');
    assert.ok(message.length > 0);
    const more = (await socket.closed()).filter((message) => !comesMeanwhile(message));
    assert.deepEqual(more, [], 'nothing comes after the error');
  }

  for (const [what, message, ids] of [
    ['no JSON', 'NONSENSE'],
    ['no object', '[]'],
    ['nothing', '{}'],
    ['an unknown type', { type: 'shout' }],
    ['a message of the raw feed', { op: 'list' }],
    ['a start of the old protocol', { id: '1', type: 'start', payload: { query: '{ me { id } }' } }, ['1', 'connection']],
    ['a subscribe without an id', { type: 'subscribe', payload: { query: '{ me { id } }' } }],
    ['a subscribe with an empty id', { id: '', type: 'subscribe', payload: { query: '{ me { id } }' } }, ['', 'connection']],
    ['a subscribe without a payload', { id: '1', type: 'subscribe' }, ['1', 'connection']],
    ['a subscribe without a query', { id: '1', type: 'subscribe', payload: { variables: {} } }, ['1', 'connection']],
    ['a complete without an id', { type: 'complete' }],
    ['an acknowledgement', { type: 'connection_ack' }],
    ['a result', { id: '1', type: 'next', payload: { data: {} } }, ['1', 'connection']],
    ['an error', { id: '1', type: 'error', payload: [] }, ['1', 'connection']],
  ]) {
    it(`of 4400 is ${what}`, async (t) => {
      const socket = await Socket.acknowledged(t, ada);
      socket.send(message);
      await assertClosed(socket, 4400, ids);
    });
  }

  /** Who has yet to be acknowledged closes the connection; else the server does, when the time for that is over. */
  async function assertRefused(socket, closeCode, ids = ['connection']) {
    const error = await socket.next();
    assert.deepEqual([error.type, ids.includes(error.id)], ['error', true], JSON.stringify(error));
    assert.equal(error.payload[0].extensions.closeCode, closeCode);
    assert.ok(socket.isOpen, 'closing is left to the client');
    const [last, ...more] = await socket.closed();
    assert.deepEqual([last.type, last.payload.extensions.closeCode, more], ['ping', 4408, []]);
  }

  it('of 4401 is a subscribe before the acknowledgement, whatever it asks for', async (t) => {
    await Promise.all(['{ me { id } }', MARKET, '{'].map(async (query) => {
      const socket = await Socket.open(t);
      socket.subscribe('early', query);
      await assertRefused(socket, 4401, ['early', 'connection']);
    }));
  });

  it('of 4403 is a token that is not valid, or none', async (t) => {
    const payloads = [undefined, null, {}, { Authorization: 'Bearer x.y.z' }, { Authorization: ada.token }, { token: '' }];
    await Promise.all(payloads.map(async (payload) => {
      const socket = await Socket.open(t);
      socket.send({ type: 'connection_init', payload });
      await assertRefused(socket, 4403);
    }));
  });

  it('may be mended in time', async (t) => {
    const socket = await Socket.open(t);
    socket.send({ type: 'connection_init', payload: { token: 'x.y.z' } });
    assert.equal((await socket.next()).payload[0].extensions.closeCode, 4403);
    socket.send({ type: 'connection_init', payload: { token: ada.token } });
    assert.deepEqual(await socket.next(), { type: 'connection_ack' });
  });

  it('of 4408 is to say nothing for ten seconds', async (t) => {
    const socket = await Socket.open(t);
    const opened = Date.now();
    // An error would be the first message, which clients take for an acknowledgement that they can't read.
    const { type, payload } = await socket.next();
    assert.deepEqual([type, payload.extensions.code, payload.extensions.closeCode], ['ping', 'CONNECTION_INITIALISATION_TIMEOUT', 4408]);
    assert.deepEqual(await socket.closed(), []);
    assert.ok(Date.now() - opened >= 9_500, 'it was too soon');
  });

  it('of 4409 is the id of a subscription that is live', async (t) => {
    const socket = await Socket.acknowledged(t, ada);
    socket.subscribe('same', MARKET);
    const first = await socket.next();
    assert.deepEqual([first.id, first.type], ['same', 'next']);
    socket.subscribe('same', MARKET);
    // The subscription that is live brings its next tick whenever that is due.
    const isTick = ({ id, type }) => id === 'same' && type === 'next';
    await assertClosed(socket, 4409, ['same', 'connection'], isTick);
  });

  it('of 4429 is a second connection_init', async (t) => {
    const socket = await Socket.acknowledged(t, ada);
    socket.send({ type: 'connection_init', payload: { token: ada.token } });
    await assertClosed(socket, 4429);
  });
});
