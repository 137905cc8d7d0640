import { type Decimal, directionOf, type Direction, format, formatSigned, percentChange, subtract } from '../live/decimal';

export const COLOURS: Record<Direction, string> = { up: 'text-up', down: 'text-down', flat: 'text-muted' };
const SHAPES: Record<Direction, string> = { up: '▲', down: '▼', flat: '■' };
const WORDS: Record<Direction, string> = { up: 'up', down: 'down', flat: 'unchanged' };

/** A triangle beside the sign, so that the colour is never needed to tell up from down. */
export function Shape({ direction }: { direction: Direction }) {
  return (
    <span aria-hidden="true" className="inline-block w-[1.1em] text-center text-[0.75em]">
      {SHAPES[direction]}
    </span>
  );
}

export function Percent({ value, className = '' }: { value: Decimal; className?: string }) {
  const direction = directionOf(value);
  return (
    <span className={`inline-flex items-baseline whitespace-nowrap ${COLOURS[direction]} ${className}`}>
      <Shape direction={direction} />
      {formatSigned(value)}%
    </span>
  );
}

/** From one price to another, as an amount and in percent. */
export function Change({ from, to, className = '' }: { from: Decimal; to: Decimal; className?: string }) {
  const difference = subtract(to, from);
  const direction = directionOf(difference);
  return (
    <span className={`inline-flex flex-wrap items-baseline whitespace-nowrap ${COLOURS[direction]} ${className}`}>
      <Shape direction={direction} />
      {formatSigned(difference)}
      <span className="ml-1.5">({formatSigned(percentChange(from, to))}%)</span>
    </span>
  );
}

/** The same in words. */
export function changeInWords(from: Decimal, to: Decimal): string {
  const difference = subtract(to, from);
  const direction = directionOf(difference);
  return direction === 'flat' ? WORDS.flat : `${WORDS[direction]} ${format(difference.replace('-', ''))}`;
}
