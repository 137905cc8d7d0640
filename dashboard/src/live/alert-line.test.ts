import { describe, expect, it } from 'vitest';

import { crossingTo, heightOf, moved, priceAt, type Scale, stepOf, visibleRange } from './alert-line';

const scale: Scale = { top: 110, bottom: 90, height: 400, width: 300 };

describe('the line of an alert', () => {
  it('has a price at each height, and a height for each price', () => {
    expect(priceAt(scale, 0)).toBe('110.00');
    expect(priceAt(scale, 100)).toBe('105.00');
    expect(priceAt(scale, 1)).toBe('109.95');
    expect(heightOf(scale, '105.00')).toBe(100);
    expect(heightOf(scale, priceAt(scale, 333))).toBeCloseTo(333, 0);
  });

  it('stays within the chart', () => {
    expect(priceAt(scale, -50)).toBe('110.00');
    expect(priceAt(scale, 4_000)).toBe('90.00');
    expect(heightOf(scale, '1000.00')).toBe(0);
    expect(heightOf(scale, '1.00')).toBe(400);
  });

  it('has room to move in, although the share has hardly moved', () => {
    expect(visibleRange(100, 120)).toEqual({ minValue: 100, maxValue: 120 });
    expect(visibleRange(231.76, 231.77).maxValue).toBeCloseTo(231.765 * 1.005);
    expect(visibleRange(231.76, 231.77).minValue).toBeCloseTo(231.765 * 0.995);
    expect(visibleRange(1, 1)).toEqual({ minValue: 0.9, maxValue: 1.1 });
    // A quarter of the chart is another price, whatever the price is.
    for (const price of ['0.01', '1.00', '231.77', '999999.00']) {
      const { minValue, maxValue } = visibleRange(Number(price), Number(price));
      const few: Scale = { top: maxValue, bottom: minValue, height: 400, width: 300 };
      const height = heightOf(few, price);
      expect(priceAt(few, height - 100)).not.toBe(price);
      if (price !== '0.01') expect(priceAt(few, height + 100)).not.toBe(price);
    }
  });

  it('is at a price that the API takes, also where the chart shows less than nothing', () => {
    const low = { ...scale, top: 1, bottom: -1 };
    expect(priceAt(low, 400)).toBe('0.01');
    expect(priceAt(low, 200)).toBe('0.01');
    expect(priceAt({ ...scale, top: 1e15, bottom: 0 }, 0)).toBe('999999999999.99');
  });

  it('waits for the price to rise to it where it lies above or at it, and to fall to it below', () => {
    expect(crossingTo('100.01', '100.00')).toBe('ABOVE');
    expect(crossingTo('100.00', '100.00')).toBe('ABOVE');
    expect(crossingTo('99.99', '100.00')).toBe('BELOW');
    expect(crossingTo('9.00', '10.00')).toBe('BELOW');
  });
});

describe('the keys that move it', () => {
  it.each([
    ['ArrowUp', false, '100.10'],
    ['ArrowRight', false, '100.10'],
    ['ArrowDown', false, '99.90'],
    ['ArrowLeft', false, '99.90'],
    ['PageUp', false, '101.00'],
    ['PageDown', false, '99.00'],
    ['ArrowUp', true, '100.01'],
    ['PageDown', true, '99.90'],
  ])('%s, fine: %s', (key, isFine, expected) => {
    expect(moved('100.00', key, isFine)).toBe(expected);
  });

  it('are no others', () => {
    expect(moved('100.00', 'a', false)).toBeUndefined();
    expect(moved('100.00', 'Tab', false)).toBeUndefined();
  });

  it('go as far as prices do', () => {
    expect(moved('0.03', 'PageDown', false)).toBe('0.01');
    expect(moved('999999999999.99', 'PageUp', false)).toBe('999999999999.99');
  });

  it('take steps of about a thousandth, and of a cent at least', () => {
    expect(['0.05', '9.99', '10.00', '99.99', '100.00', '512.30', '1000.00', '123456.00'].map(stepOf)).toEqual(['0.01', '0.01', '0.01', '0.01', '0.10', '0.10', '1.00', '100.00']);
  });
});
