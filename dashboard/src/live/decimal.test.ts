import { describe, expect, it } from 'vitest';

import { compare, directionOf, format, formatSigned, percentChange, subtract } from './decimal';

describe('decimals', () => {
  it('are subtracted exactly where floating point is not exact', () => {
    expect(subtract('0.30', '0.10')).toBe('0.20');
    expect(subtract('100.00', '100.05')).toBe('-0.05');
    expect(subtract('1000000000000.00', '0.01')).toBe('999999999999.99');
    expect(subtract('5', '0.25')).toBe('4.75');
  });

  it('are compared by value, whatever their places', () => {
    expect(compare('1.10', '1.1')).toBe(0);
    expect(compare('-2.00', '1')).toBe(-1);
    expect(compare('9007199254740993.01', '9007199254740993.00')).toBe(1);
  });

  it('change in percent to the nearest, halves away from zero', () => {
    expect(percentChange('100.00', '101.23')).toBe('1.23');
    expect(percentChange('101.23', '99.00')).toBe('-2.20');
    expect(percentChange('200.00', '200.01')).toBe('0.01');
    expect(percentChange('200.00', '199.99')).toBe('-0.01');
    expect(percentChange('0.00', '1.00')).toBe('0.00');
  });

  it('have a direction', () => {
    expect(directionOf('0.00')).toBe('flat');
    expect(directionOf('-0.01')).toBe('down');
    expect(directionOf('0.01')).toBe('up');
  });

  it('are written with separated thousands and their sign', () => {
    expect(format('1234567.80')).toBe('1,234,567.80');
    expect(format('-0.05')).toBe('\u22120.05');
    expect(formatSigned('1234.50')).toBe('+1,234.50');
    expect(formatSigned('0.00')).toBe('0.00');
  });
});
