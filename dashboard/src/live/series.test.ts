import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Series } from './series';

const at = (tick: number) => ({ tick, price: `${tick}.00` });

describe('a series', () => {
  beforeEach(() => void vi.stubGlobal('requestAnimationFrame', (run: () => void) => queueMicrotask(run)));

  it('keeps ticks in order and takes each once', () => {
    const series = new Series();
    series.add(at(5), at(7));
    series.add(at(6), at(7), at(5));
    expect(series.ticks.map(({ tick }) => tick)).toEqual([5, 6, 7]);
    expect(series.missing).toBe(0);
  });

  it('knows what is missing, and up to where nothing is', () => {
    const series = new Series();
    series.add(at(1), at(2), at(5));
    expect(series.missing).toBe(2);
    expect(series.completeUpTo).toBe(2);
    series.add(at(3), at(4));
    expect(series.missing).toBe(0);
    expect(series.completeUpTo).toBe(5);
  });

  it('remembers the newest price of when it began', () => {
    const series = new Series();
    series.add(at(1), at(2));
    series.add(at(3));
    expect(series.openedAt).toEqual(at(2));
    series.restart([at(9)]);
    expect(series.openedAt).toEqual(at(2));
  });

  it('tells its listeners once a frame', async () => {
    const series = new Series();
    const listener = vi.fn();
    series.subscribe(listener);
    series.add(at(1));
    series.add(at(2));
    await Promise.resolve();
    expect(listener).toHaveBeenCalledTimes(1);
  });
});
