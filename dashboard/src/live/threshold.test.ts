import { expect, it } from 'vitest';

import { asPrice } from './threshold';

it('takes prices as people type them', () => {
  expect(asPrice('120')).toBe('120.00');
  expect(asPrice(' 1,120.5 ')).toBe('1120.50');
  expect(asPrice('0.01')).toBe('0.01');
  expect(asPrice('007.10')).toBe('7.10');
});

it.each(['', 'abc', '0', '0.00', '-1', '1.234', '1e3', '1234567890123', '.5.'])('takes %j for no price', (typed) => {
  expect(asPrice(typed)).toBeUndefined();
});
