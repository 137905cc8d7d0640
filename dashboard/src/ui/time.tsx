import { formatDateTime, formatTime, formatUtc } from '../lib/time';

/** An instant in the viewer's zone, and in UTC for whoever hovers over it. */
export function Time({ at, isShort = false }: { at: Date | string; isShort?: boolean }) {
  const instant = typeof at === 'string' ? new Date(at) : at;
  return (
    <time dateTime={instant.toISOString()} title={formatUtc(instant)} className="whitespace-nowrap">
      {isShort ? formatTime(instant) : formatDateTime(instant)}
    </time>
  );
}
