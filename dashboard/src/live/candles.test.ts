import { describe, expect, it } from 'vitest';

import { continued, INTERVALS, planCandles, startOf } from './candles';

describe('the plan for candles', () => {
  it('asks for whole candles, and for what is cut off at both ends', () => {
    expect(planCandles(1_003, 970, 12)).toEqual({
      head: { from: 970, to: 971 },
      body: { from: 972, to: 995, candles: 2 },
      tail: { from: 996, to: 1_007 },
    });
  });

  it('asks for one candle alone right after registration', () => {
    expect(planCandles(1_003, 1_000, 12)).toEqual({ tail: { from: 996, to: 1_007 } });
  });

  it('needs no head where registration falls on the first tick of a candle', () => {
    expect(planCandles(1_003, 972, 12).head).toBeUndefined();
  });

  it.each(Object.values(INTERVALS))('stays within what the API takes, with candles of %i ticks', (length) => {
    const now = 359_189_587;
    const { body, tail } = planCandles(now, 0, length);
    expect(body!.candles).toBeLessThanOrEqual(2_000);
    expect(tail.from - body!.from).toBeLessThanOrEqual(366 * 17_280);
    expect(body!.from % length).toBe(0);
    expect(body!.to + 1).toBe(tail.from);
    expect(body!.candles * length).toBe(tail.from - body!.from);
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
