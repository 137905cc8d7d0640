import { Preference } from '../../lib/preferences';
import { INTERVALS, type IntervalName } from '../../live/candles';

const names = Object.keys(INTERVALS) as IntervalName[];

export const interval = new Preference<IntervalName>('fastfusion-interval', (stored) => names.find((name) => name === stored) ?? '1 min');
