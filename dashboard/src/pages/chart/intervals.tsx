import { usePreference } from '../../lib/preferences';
import { INTERVALS, type IntervalName } from '../../live/candles';
import { interval } from './interval';

export function Intervals() {
  const [chosen, choose] = usePreference(interval);
  return (
    <div role="group" aria-label="How long a candle lasts" className="flex flex-wrap gap-1">
      {(Object.keys(INTERVALS) as IntervalName[]).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen}
          onClick={() => choose(name)}
          className="min-h-9 rounded-lg px-2.5 text-sm text-muted hover:bg-raised aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-ink"
        >
          {name}
        </button>
      ))}
    </div>
  );
}
