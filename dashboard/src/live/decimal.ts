/**
 * Decimal numbers as the API writes them: strings, so that nothing is lost. They are computed with as scaled integers, and become
 * floating point numbers only where something is drawn.
 */
export type Decimal = string;

export type Direction = 'up' | 'down' | 'flat';

const PATTERN = /^([+-]?)(\d+)(?:\.(\d+))?$/;

const placesOf = (value: Decimal): number => PATTERN.exec(value)?.[3]?.length ?? 0;

/** The value times ten to the power of `places`, which must be enough for it. */
function scaled(value: Decimal, places: number): bigint {
  const match = PATTERN.exec(value);
  if (!match) throw new RangeError(`not a decimal number: ${value}`);
  const [, sign, whole, fraction = ''] = match;
  const units = BigInt(whole + fraction.padEnd(places, '0'));
  return sign === '-' ? -units : units;
}

function unscaled(units: bigint, places: number): Decimal {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
  const sign = units < 0n ? '-' : '';
  if (places === 0) return sign + digits;
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Divides to the nearest, halves away from zero, as the API rounds. */
function divided(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n;
  const [n, d] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const quotient = (2n * n + d) / (2n * d);
  return isNegative ? -quotient : quotient;
}

export const isDecimal = (value: string): boolean => PATTERN.test(value);

export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const places = Math.max(placesOf(a), placesOf(b));
  const [x, y] = [scaled(a, places), scaled(b, places)];
  return x < y ? -1 : x > y ? 1 : 0;
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const places = Math.max(placesOf(a), placesOf(b));
  return unscaled(scaled(a, places) - scaled(b, places), places);
}

export const negate = (value: Decimal): Decimal => subtract('0', value);

export const add = (a: Decimal, b: Decimal): Decimal => subtract(a, negate(b));

/** By how much `to` differs from `from`, in percent with two places. */
export function percentChange(from: Decimal, to: Decimal): Decimal {
  const places = Math.max(placesOf(from), placesOf(to));
  const base = scaled(from, places);
  if (base === 0n) return '0.00';
  return unscaled(divided((scaled(to, places) - base) * 10_000n, base), 2);
}

export function directionOf(difference: Decimal): Direction {
  const sign = compare(difference, '0');
  return sign > 0 ? 'up' : sign < 0 ? 'down' : 'flat';
}

/** With thousands separated, and with a true minus. */
export function format(value: Decimal): string {
  const [whole = '', fraction] = value.replace(/^[+-]/, '').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const digits = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value.startsWith('-') ? `\u2212${digits}` : digits;
}

/** With its sign, unless it is zero. */
export const formatSigned = (value: Decimal): string => (directionOf(value) === 'up' ? `+${format(value)}` : format(value));

/** Only for drawing. */
export const toPixelValue = (value: Decimal): number => Number(value);
