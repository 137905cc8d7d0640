import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type LoadNames, Names } from './names';

describe('names', () => {
  const load = vi.fn<LoadNames>();
  let names: Names;
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run, 16));
    load.mockReset();
    names = new Names(load);
  });
  afterEach(async () => {
    await vi.runAllTimersAsync();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('that are missing in one frame are asked for once and together', async () => {
    load.mockResolvedValueOnce(new Map([['a', 'Ada']]));
    for (const id of ['a', 'b', 'a']) names.need(id);
    expect(names.of('a')).toBe('…');
    await vi.advanceTimersByTimeAsync(50);
    expect(load.mock.calls).toEqual([[['a', 'b']]]);
    expect([names.of('a'), names.of('b')]).toEqual(['Ada', 'has left']);
    names.need('a');
    await vi.advanceTimersByTimeAsync(50);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('are asked for in portions that the API takes', async () => {
    load.mockResolvedValue(new Map());
    for (let id = 0; id < 150; id += 1) names.need(String(id));
    await vi.advanceTimersByTimeAsync(100);
    expect(load.mock.calls.map(([ids]) => ids.length)).toEqual([100, 50]);
  });

  it('that could not be loaded are asked for again', async () => {
    const changed = vi.fn();
    names.subscribe(changed);
    load.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(new Map([['a', 'Ada']]));
    names.need('a');
    await vi.advanceTimersByTimeAsync(100);
    expect(names.of('a')).toBe('could not be loaded');
    expect(changed).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(5_100);
    expect(names.of('a')).toBe('Ada');
  });

  it('of whoever was signed in before are forgotten, also those on their way', async () => {
    let answer!: (found: ReadonlyMap<string, string>) => void;
    load.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    names.need('a');
    await vi.advanceTimersByTimeAsync(50);
    names.clear();
    answer(new Map([['a', 'Ada']]));
    await vi.advanceTimersByTimeAsync(50);
    expect(names.of('a')).toBe('…');
  });
});
