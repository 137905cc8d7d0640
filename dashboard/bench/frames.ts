/** An event of Chromium's trace. Times are in microseconds; `tdur` is what the thread had of the processor. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string; data?: { frame?: string; url?: string } };
}

/** What happened between two frames, in milliseconds. */
interface Frame {
  /** Script, style and layout, one within the other counted once. */
  elapsed: number;
  /** The same without what other programs of the machine had meanwhile. */
  cpu: number;
}

export interface Measured {
  frames: Frame[];
  /** The longest task of the main thread, in milliseconds, and what it had of the processor. */
  longestTask: number;
  longestTaskCpu: number;
}

const SCRIPT = ['EvaluateScript', 'v8.callFunction', 'FunctionCall', 'FireAnimationFrame', 'FireIdleCallback', 'TimerFire', 'EventDispatch', 'RunMicrotasks', 'MajorGC', 'MinorGC'];
const COUNTED = new Set([...SCRIPT, 'UpdateLayoutTree', 'Layout']);

export const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'disabled-by-default-devtools.timeline.frame', 'v8'];

/** The main thread of the page: other renderers are there for what the browser shows of its own. */
function mainThread(events: readonly TraceEvent[], origin: string): string {
  const page = events.find(({ name, args }) => name === 'FunctionCall' && args?.data?.url?.startsWith(origin));
  if (!page) throw new Error('The trace has no script of the page.');
  return threadOf(page);
}

const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;

export function measure(trace: Buffer, origin: string): Measured {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const thread = mainThread(traceEvents, origin);
  const events = traceEvents.filter((event) => threadOf(event) === thread).sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const frames: Frame[] = [];
  let current: Frame = { elapsed: 0, cpu: 0 };
  let countedUntil = 0;
  let [longestTask, longestTaskCpu] = [0, 0];
  for (const { name, ph, ts, dur = 0, tdur = 0 } of events) {
    if (name === 'BeginMainThreadFrame') {
      if (current.elapsed > 0) frames.push(current);
      current = { elapsed: 0, cpu: 0 };
    } else if (ph === 'X' && name === 'RunTask') {
      longestTask = Math.max(longestTask, dur / 1_000);
      longestTaskCpu = Math.max(longestTaskCpu, tdur / 1_000);
    } else if (ph === 'X' && COUNTED.has(name) && ts >= countedUntil) {
      current.elapsed += dur / 1_000;
      current.cpu += tdur / 1_000;
      countedUntil = ts + dur;
    }
  }
  return { frames, longestTask, longestTaskCpu };
}

/** The value that this part of all values does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}
