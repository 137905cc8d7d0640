import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Watched } from './watched';

interface Asked {
  ids: string[];
  next: (data: unknown) => void;
  refused: (code: string, message: string) => void;
  isOpen: boolean;
}

const people = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `user-${String(from + index).padStart(4, '0')}`);

describe('the watched prices', () => {
  let asked: Asked[];
  let watched: Watched;
  const prices = { put: vi.fn() };
  const settled = () => vi.advanceTimersByTime(200);
  const open = () => asked.filter(({ isOpen }) => isOpen);

  beforeEach(() => {
    vi.useFakeTimers();
    prices.put.mockReset();
    asked = [];
    const subscribe = (_: unknown, variables: object, next: Asked['next'], refused: Asked['refused']) => {
      const one: Asked = { ids: (variables as { ids: string[] }).ids, next, refused, isOpen: true };
      asked.push(one);
      return () => (one.isOpen = false);
    };
    watched = new Watched({ subscribe } as never, prices);
  });

  it('are asked for in operations of at most 100', () => {
    watched.watch(people(250));
    settled();
    expect(open().map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
  });

  it('are asked for once, whoever looks', () => {
    const stop = watched.watch(people(3));
    watched.watch(people(2));
    settled();
    expect(open().map(({ ids }) => ids)).toEqual([people(3)]);
    stop();
    settled();
    expect(open()).toHaveLength(1);
  });

  it('follow a list that is scrolled, and keep within an operation', () => {
    let stop = watched.watch(people(20));
    settled();
    for (let from = 5; from <= 200; from += 5) {
      const next = watched.watch(people(20, from));
      stop();
      stop = next;
      settled();
      const known = new Set(open().flatMap(({ ids }) => ids));
      for (const id of people(20, from)) expect(known.has(id)).toBe(true);
    }
    expect(open().length).toBeLessThanOrEqual(3);
    stop();
    settled();
    expect(open()).toEqual([]);
  });

  it('go on without those who were deleted', () => {
    watched.watch(people(3));
    settled();
    open()[0]!.refused('UNKNOWN_USER', 'there is no user user-0001');
    settled();
    expect(open().map(({ ids }) => ids)).toEqual([['user-0000', 'user-0002']]);
    open()[0]!.next({ onPriceUpdate: { tick: 7, resume: 6, replay: null, prices: [{ userId: 'user-0000', price: '1.00' }] } });
    expect(prices.put).toHaveBeenCalledExactlyOnceWith('user-0000', 7, '1.00');
  });
});
