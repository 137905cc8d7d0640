import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Follower } from './follower';
import type { Tick } from './series';

interface Update {
  tick: number;
  prices: { userId: string; price: string }[];
  resume: number | null;
  replay: { to: number; complete: boolean } | null;
}

const ID = 'ada';
const tick = (number: number): Tick => ({ tick: number, price: `${number}.00` });
const live = (number: number): Update => ({ tick: number, prices: [{ userId: ID, price: `${number}.00` }], resume: null, replay: null });

/** A server whose last hour is what it is told, and the subscriptions that it has. */
function world() {
  const hours: (Tick[] | Error)[] = [];
  const subscriptions: { variables: { since?: number; every?: number }; next: (update: Update) => void }[] = [];
  const query = vi.fn(async () => {
    const hour = hours.length > 1 ? hours.shift()! : hours[0]!;
    if (hour instanceof Error) throw hour;
    return { data: { user: { id: ID, prices: { buckets: hour.map(({ tick, price }) => ({ tick, close: price })) } } } };
  });
  const subscribe = (_: unknown, variables: object, next: (data: never) => void) => {
    const subscription = { variables, next: (update: Update) => next({ onPriceUpdate: update } as never) };
    subscriptions.push(subscription);
    return () => void subscriptions.splice(subscriptions.indexOf(subscription), 1);
  };
  const heard: number[] = [];
  const follower = new Follower({ subscribe } as never, { query } as never, (_, { tick }) => void heard.push(tick));
  return { hours, subscriptions, query, follower, heard, ticks: () => follower.series.ticks.map(({ tick }) => tick) };
}

describe('a follower', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('requestAnimationFrame', () => 0);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('begins with the last hour and goes on from its last tick', async () => {
    const { hours, subscriptions, follower, heard, ticks } = world();
    hours.push([tick(10), tick(11)]);
    expect(await follower.begin(ID, () => 1)).toBe(true);
    expect(subscriptions[0]!.variables).toMatchObject({ ids: [ID], since: 11, every: 1 });
    subscriptions[0]!.next(live(12));
    expect(ticks()).toEqual([10, 11, 12]);
    expect(heard).toEqual([11, 12]);
  });

  it('asks again until the last hour comes', async () => {
    const { hours, query, follower, ticks } = world();
    hours.push(new Error('nobody answers'), new Error('nobody answers'), [tick(10)]);
    const begun = follower.begin(ID, () => 1);
    await vi.runAllTimersAsync();
    expect(await begun).toBe(true);
    expect(query).toHaveBeenCalledTimes(3);
    expect(ticks()).toEqual([10]);
  });

  it('goes on from the first gap at another pace', async () => {
    const { hours, subscriptions, follower } = world();
    hours.push([tick(10)]);
    await follower.begin(ID, () => 12);
    subscriptions[0]!.next(live(12));
    follower.follow(1);
    expect(subscriptions).toHaveLength(1);
    expect(subscriptions[0]!.variables).toMatchObject({ since: 10, every: 1 });
  });

  it('has the last hour computed anew after more was missed than is replayed', async () => {
    const { hours, subscriptions, follower, ticks } = world();
    hours.push([tick(10)], [tick(900), tick(901)]);
    await follower.begin(ID, () => 1);
    subscriptions[0]!.next({ ...live(901), replay: { to: 901, complete: false } });
    subscriptions[0]!.next(live(902));
    await vi.waitFor(() => expect(ticks()).toEqual([900, 901, 902]));
  });

  it('takes nothing once it was stopped, also if it is asked to begin again', async () => {
    const { hours, subscriptions, query, follower } = world();
    hours.push([tick(10)]);
    const first = follower.begin(ID, () => 1);
    follower.stop();
    const second = follower.begin(ID, () => 1);
    expect(await first).toBe(false);
    expect(await second).toBe(true);
    expect(query).toHaveBeenCalledTimes(2);
    expect(subscriptions).toHaveLength(1);
    follower.stop();
    expect(subscriptions).toHaveLength(0);
    expect(follower.isFollowing).toBe(false);
  });
});
