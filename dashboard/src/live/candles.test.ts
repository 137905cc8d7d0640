import { describe, expect, it } from 'vitest';

import { continued, firstStart, INTERVALS, startOf } from './candles';

describe('the first candle', () => {
  it('begins a whole number of candles before the one of now', () => {
    expect(firstStart(100_003, 12)).toBe(99_996 - 299 * 12);
  });

  it.each(Object.values(INTERVALS))('is within what the API takes, with candles of %i ticks', (length) => {
    // The last tick of a candle, when the period is longest.
    const now = startOf(359_189_587, length) + length - 1;
    const first = firstStart(now, length);
    expect(first % length).toBe(0);
    expect(now - first).toBeLessThanOrEqual(366 * 17_280);
    expect((startOf(now, length) - first) / length + 1).toBeLessThanOrEqual(2_000);
  });
});

describe('candles that go on live', () => {
  const history = [{ start: 0, open: '1.00', high: '2.00', low: '1.00', close: '1.50' }];

  it('take each tick once and begin a new candle where it is due', () => {
    const live = [
      { tick: 8, price: '9.00' },
      { tick: 9, price: '2.50' },
      { tick: 11, price: '0.50' },
      { tick: 12, price: '3.00' },
      { tick: 13, price: '2.90' },
    ];
    expect(continued(history, 8, live, 12)).toEqual([
      { start: 0, open: '1.00', high: '2.50', low: '0.50', close: '0.50' },
      { start: 12, open: '3.00', high: '3.00', low: '2.90', close: '2.90' },
    ]);
  });

  it('compare prices as numbers, not as texts', () => {
    const candles = [{ start: startOf(5, 12), open: '9.00', high: '9.00', low: '9.00', close: '9.00' }];
    expect(continued(candles, 5, [{ tick: 6, price: '10.00' }], 12)[0]!.high).toBe('10.00');
  });
});
