import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Prices, SHARE } from './prices';

describe('the prices', () => {
  let frames: (() => void)[];
  beforeEach(() => {
    frames = [];
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
  });
  const frame = () => frames.splice(0).forEach((run) => run());

  it('ignore what is not newer', () => {
    const prices = new Prices();
    prices.put('a', 7, '2.00');
    prices.put('a', 7, '3.00');
    prices.put('a', 6, '1.00');
    expect(prices.of('a')).toEqual({ tick: 7, price: '2.00' });
    prices.put('a', 8, '2.50');
    expect(prices.of('a')).toEqual({ tick: 8, price: '2.50', previous: '2.00' });
  });

  it('tell those alone who look at a user, once a frame', () => {
    const prices = new Prices();
    const [a, b] = [vi.fn(), vi.fn()];
    prices.subscribe('a', a);
    const stop = prices.subscribe('b', b);
    prices.put('a', 1, '1.00');
    prices.put('a', 2, '1.01');
    expect(a).not.toHaveBeenCalled();
    frame();
    expect(a).toHaveBeenCalledTimes(1);
    expect(b).not.toHaveBeenCalled();
    stop();
    prices.put('b', 1, '1.00');
    frame();
    expect(b).not.toHaveBeenCalled();
  });

  it('are told a share at a time where there are many of them, and all in the end', () => {
    const prices = new Prices();
    const listeners = Array.from({ length: 2 * SHARE + 1 }, () => vi.fn());
    const told = () => listeners.filter((listener) => listener.mock.calls.length > 0).length;
    listeners.forEach((listener, index) => prices.subscribe(`user ${index}`, listener));
    listeners.forEach((_, index) => prices.put(`user ${index}`, 1, '1.00'));
    expect([0, 1, 2, 3].map(() => (frame(), told()))).toEqual([SHARE, 2 * SHARE, 2 * SHARE + 1, 2 * SHARE + 1]);
    expect(listeners.every((listener) => listener.mock.calls.length === 1)).toBe(true);
  });
});
