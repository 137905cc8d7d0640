import { type Decimal, isDecimal } from './decimal';

const LARGEST_WHOLE = 12;
export const LARGEST_PRICE: Decimal = `${'9'.repeat(LARGEST_WHOLE)}.99`;
export const SMALLEST_PRICE: Decimal = '0.01';

/** A price as somebody types it, with the two places that the API wants; nothing where it is none. */
export function asPrice(typed: string): Decimal | undefined {
  const text = typed.trim().replaceAll(',', '');
  if (!isDecimal(text) || text.startsWith('-')) return undefined;
  const [whole = '', fraction = ''] = text.replace(/^\+/, '').split('.');
  const digits = whole.replace(/^0+(?=\d)/, '');
  if (fraction.length > 2 || digits.length > LARGEST_WHOLE || !/[1-9]/.test(digits + fraction)) return undefined;
  return `${digits}.${fraction.padEnd(2, '0')}`;
}
