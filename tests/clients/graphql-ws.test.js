// What people do with graphql-ws.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Results, assertConsecutive, clientOf, resultsOf } from './support/client.js';
import { ask, inTime, newUser } from './support/stack.js';

const PRICES = `subscription($users: [ID!], $since: Int, $every: Int) {
  onPriceUpdate(userIds: $users, since: $since, every: $every) { tick prices { userId price } replay { from to complete } }
}`;
const MARKET = 'subscription($since: Int) { onMarket(since: $since) { tick shareholders mean } }';

/**
 * Causes something again and again until its event comes: nothing says when a subscription without a first result is stored.
 * Gives the event and what was caused.
 */
async function untilTold(event, cause) {
  const caused = [];
  let isTold = false;
  event.catch(() => {}).finally(() => (isTold = true));
  while (!isTold) {
    caused.push(await cause());
    await Promise.race([event, setTimeout(2_000)]);
  }
  return { event: await event, caused };
}

describe('graphql-ws', { concurrency: true, timeout: 120_000 }, () => {
  let ada;
  before(async () => {
    ada = await newUser();
  });

  it('runs queries and mutations over the socket', async (t) => {
    const grace = await newUser();
    const client = clientOf(t, grace);
    const [renamed, ...noMore] = await resultsOf(client, 'mutation { updateMe(input: { name: "Grace Hopper" }) { name } }');
    assert.deepEqual([renamed, noMore], [{ data: { updateMe: { name: 'Grace Hopper' } } }, []]);
    const me = await resultsOf(client, '{ me { id name } }');
    assert.deepEqual(me, [{ data: { me: { id: grace.id, name: 'Grace Hopper' } } }]);
  });

  it('is told why a document can not be executed, and by what a field failed', async (t) => {
    const client = clientOf(t, ada);
    await assert.rejects(resultsOf(client, '{ nothing }'), (errors) => {
      assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
      return true;
    });
    const grace = await newUser('Grace Hopper');
    const query = 'query($id: ID!) { user(id: $id) { name email } }';
    const [{ data, errors }] = await resultsOf(client, query, { id: grace.id });
    assert.deepEqual(data, { user: { name: 'Grace Hopper', email: null } });
    assert.equal(errors[0].extensions.code, 'FORBIDDEN');
  });

  it('gets the prices of now, then each tick', async (t) => {
    const results = new Results(t, clientOf(t, ada), PRICES, { users: [ada.id] });
    const updates = await results.take(3, 'onPriceUpdate');
    assertConsecutive(updates);
    const [live] = updates.slice(-1);
    assert.equal(live.replay, null);
    assert.deepEqual(live.prices.map(({ userId }) => userId), [ada.id]);
    assert.match(live.prices[0].price, /^\d+\.\d\d$/);
    // A price is that of its tick for everybody, over HTTP too.
    const { me } = await ask('{ me { tick price } }', {}, ada.token);
    const same = updates.find(({ tick }) => tick === me.tick);
    if (same) assert.equal(same.prices[0].price, me.price);
  });

  it('gets every second tick where it asks for that', async (t) => {
    const results = new Results(t, clientOf(t, ada), PRICES, { users: [ada.id], every: 2 });
    const [, first, second] = await results.take(3, 'onPriceUpdate');
    assert.deepEqual([first.tick % 2, second.tick - first.tick], [0, 2]);
  });

  it('has several operations on one connection', async (t) => {
    let connections = 0;
    const client = clientOf(t, ada, { on: { connected: () => (connections += 1) } });
    const prices = new Results(t, client, PRICES, { users: [ada.id] });
    const everybody = new Results(t, client, PRICES);
    const market = new Results(t, client, MARKET);
    const [ofAda, ofAll, ofMarket, me] = await Promise.all([
      prices.take(2, 'onPriceUpdate'),
      everybody.take(2, 'onPriceUpdate'),
      market.take(3, 'onMarket'),
      resultsOf(client, '{ me { id } }'),
    ]);
    for (const updates of [ofAda, ofAll, ofMarket]) assertConsecutive(updates);
    // The market counts whoever registered at least two ticks before.
    assert.ok(ofMarket[2].shareholders >= 1);
    assert.deepEqual(me, [{ data: { me: { id: ada.id } } }]);
    assert.equal(connections, 1);
  });

  it('gets the same from the same operation on several connections', async (t) => {
    const people = await Promise.all([newUser(), newUser(), newUser()]);
    const ticks = await Promise.all(
      people.map((user) => new Results(t, clientOf(t, user), PRICES, { users: [ada.id] }).take(3, 'onPriceUpdate')),
    );
    const [first, ...others] = ticks.map((updates) => new Map(updates.map((update) => [update.tick, update.prices])));
    for (const other of others) {
      const shared = [...first.keys()].filter((tick) => other.has(tick));
      assert.ok(shared.length > 0);
      for (const tick of shared) assert.deepEqual(other.get(tick), first.get(tick));
    }
  });

  it('gets what it missed since a tick, then what comes live, without a gap or a repeat', async (t) => {
    const client = clientOf(t, ada);
    const before = new Results(t, client, PRICES, { users: [ada.id] });
    const seen = await before.take(3, 'onPriceUpdate');
    await before.stop();
    const [{ tick: since }] = seen.slice(1);
    const after = new Results(t, clientOf(t, ada), PRICES, { users: [ada.id], since });
    const updates = await after.take(4, 'onPriceUpdate');
    assert.equal(updates[0].tick, since + 1);
    assertConsecutive(updates);
    const [missed] = updates;
    assert.deepEqual([missed.replay.from, missed.replay.complete], [since + 1, true]);
    assert.equal(updates.at(-1).replay, null);
    // A replay is exactly what was published.
    assert.deepEqual(missed.prices, seen[2].prices);
  });

  it('gets no more of what it has completed', async (t) => {
    const ids = [];
    const client = clientOf(t, ada, { on: { message: ({ type, id }) => type === 'next' && ids.push(id) } });
    const first = new Results(t, client, MARKET);
    await first.take(2, 'onMarket');
    const [stopped] = ids;
    await first.stop();
    const until = ids.length;
    const second = new Results(t, client, MARKET);
    await second.take(3, 'onMarket');
    assert.ok(!ids.slice(until).includes(stopped), 'what was completed goes on');
  });

  for (const [what, lose] of [
    ['is cut', (socket) => socket.terminate()],
    ['is closed by the server', (socket) => socket.send('NONSENSE')],
  ]) {
    it(`goes on where it was when its connection ${what}`, async (t) => {
      let socket;
      let connections = 0;
      const client = clientOf(t, ada, {
        retryWait: async () => {},
        on: {
          connected: (opened) => {
            socket = opened;
            connections += 1;
          },
        },
      });
      // The variables are read anew with each connection, so they say what was seen last.
      const variables = { users: [ada.id], since: undefined };
      const updates = [];
      const enough = new Promise((resolve, reject) => {
        const stop = client.subscribe({ query: PRICES, variables }, {
          next: ({ data }) => {
            // The end of a replay is told even if nothing was missed.
            if (data.onPriceUpdate.prices.length === 0) return;
            updates.push(data.onPriceUpdate);
            variables.since = data.onPriceUpdate.tick;
            if (updates.length === 2) lose(socket);
            if (updates.length === 4) {
              stop();
              resolve();
            }
          },
          error: reject,
          complete: () => {},
        });
      });
      await inTime(enough, 'four updates');
      assertConsecutive(updates);
      assert.equal(connections, 2);
    });
  }

  it('is told of its own snapshots when they are saved, and of no others', async (t) => {
    const query = 'subscription { onSnapshotSaved { id price tick status savedAt } }';
    const told = async (user) => {
      const client = clientOf(t, user);
      const results = new Results(t, client, query);
      const save = async () => (await resultsOf(client, 'mutation { saveSnapshot { id price tick } }'))[0].data.saveSnapshot;
      const { event, caused } = await untilTold(results.data(), save);
      const saved = event.onSnapshotSaved;
      const asked = caused.find(({ id }) => id === saved.id);
      assert.deepEqual([saved.price, saved.tick, saved.status], [asked?.price, asked?.tick, 'SAVED']);
      assert.ok(Date.parse(saved.savedAt) <= Date.now());
      return { results, save, ids: new Set(caused.map(({ id }) => id)) };
    };
    // Both listen by now. What comes to the one is not the other's.
    const [grace] = [await told(await newUser()), await told(ada)];
    grace.ids.add((await grace.save()).id);
    const { onSnapshotSaved: next } = await grace.results.data();
    assert.ok(grace.ids.has(next.id));
  });

  it('is told of those who register', async (t) => {
    const query = 'subscription { onUserRegistered { id name openingPrice registeredAt } }';
    const newcomers = new Results(t, clientOf(t, ada), query);
    const name = `Grace ${Date.now()}`;
    // Others register all the time.
    const namesake = (async () => {
      for (;;) {
        const { onUserRegistered } = await newcomers.data();
        if (onUserRegistered.name === name) return onUserRegistered;
      }
    })();
    const { event, caused } = await untilTold(namesake, () => newUser(name));
    const registered = caused.find(({ id }) => id === event.id);
    assert.equal(event.openingPrice, registered?.openingPrice);
    assert.ok(Date.parse(event.registeredAt) <= Date.now());
  });

  it('is told when its price crosses a threshold', async (t) => {
    const client = clientOf(t, ada);
    const alerts = new Results(t, client, 'subscription { onAlert { id crossing threshold tick price } }');
    const fired = alerts.data();
    await new Results(t, client, MARKET).take(2, 'onMarket');
    const { me } = await ask('{ me { price } }', {}, ada.token);
    const cents = Math.round(Number(me.price) * 100);
    const create = 'mutation($input: CreateAlertInput!) { createAlert(input: $input) { id crossing threshold } }';
    const waiting = [];
    for (const [crossing, threshold] of [['ABOVE', cents + 1], ['BELOW', cents - 1]]) {
      const input = { crossing, threshold: (threshold / 100).toFixed(2), channel: 'EMAIL' };
      const { createAlert } = await ask(create, { input }, ada.token);
      waiting.push(createAlert);
    }
    const { onAlert } = await fired;
    const expected = waiting.find(({ id }) => id === onAlert.id);
    assert.deepEqual([onAlert.crossing, onAlert.threshold], [expected?.crossing, expected?.threshold]);
    const beyond = Number(onAlert.price) - Number(onAlert.threshold);
    assert.ok(onAlert.crossing === 'ABOVE' ? beyond >= 0 : beyond <= 0);
  });

  it('keeps its connection alive with pings', async (t) => {
    let pongs = 0;
    const twice = new Promise((resolve) => {
      const pong = (isReceived) => isReceived && (pongs += 1) === 2 && resolve();
      const client = clientOf(t, ada, { lazy: false, keepAlive: 300, on: { pong } });
      t.after(() => client.dispose());
    });
    await inTime(twice, 'two pongs');
  });

  it('is answered when it deletes its own user', async (t) => {
    const grace = await newUser();
    const client = clientOf(t, grace);
    const [deleted, ...noMore] = await resultsOf(client, 'mutation { deleteMe }');
    assert.deepEqual([deleted, noMore], [{ data: { deleteMe: true } }, []]);
  });

  it('learns from the error why it is not let in', async (t) => {
    const errors = [];
    const message = ({ type, payload }) => type === 'error' && errors.push(payload[0].extensions.closeCode);
    const client = clientOf(t, { token: 'x.y.z' }, { retryAttempts: 0, on: { message } });
    await assert.rejects(inTime(resultsOf(client, '{ me { id } }'), 'the refusal'));
    assert.deepEqual(errors, [4403]);
  });
});
