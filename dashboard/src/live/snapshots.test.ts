import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { SnapshotFieldsFragment } from '../gql/graphql';
import { SnapshotSaver } from './snapshots';

const snapshot = (status: 'PENDING' | 'SAVED', id = 's1'): SnapshotFieldsFragment => ({
  id,
  status,
  price: '100.00',
  tick: 1,
  requestedAt: '2026-01-01T00:00:05Z',
  savedAt: status === 'SAVED' ? '2026-01-01T00:00:06Z' : null,
});

describe('saving a snapshot', () => {
  const save = vi.fn<(key: string) => Promise<SnapshotFieldsFragment>>();
  const status = vi.fn<(id: string) => Promise<SnapshotFieldsFragment | undefined>>();
  const onSaved = vi.fn();
  let saver: SnapshotSaver;
  beforeEach(() => {
    vi.useFakeTimers();
    saver = new SnapshotSaver({ save, status }, onSaved);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.resetAllMocks();
  });

  it('happens once for a double click', async () => {
    save.mockResolvedValue(snapshot('PENDING'));
    await Promise.all([saver.save(), saver.save()]);
    expect(save).toHaveBeenCalledTimes(1);
    expect(saver.pending()).toEqual([snapshot('PENDING')]);
  });

  it('uses the same key again when the answer was lost, and a new one afterwards', async () => {
    save.mockRejectedValueOnce(new Error('network')).mockResolvedValue(snapshot('PENDING'));
    await expect(saver.save()).rejects.toThrow('network');
    await saver.save();
    await saver.save();
    const [first, second, third] = save.mock.calls.map(([key]) => key);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('ends with the event, once, and stops asking', async () => {
    save.mockResolvedValue(snapshot('PENDING'));
    await saver.save();
    saver.settle(snapshot('SAVED'));
    saver.settle(snapshot('SAVED'));
    expect(saver.pending()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(status).not.toHaveBeenCalled();
    expect(onSaved).toHaveBeenCalledTimes(1);
  });

  it('is found out by asking where the event is lost', async () => {
    save.mockResolvedValue(snapshot('PENDING'));
    status.mockResolvedValueOnce(snapshot('PENDING')).mockResolvedValueOnce(snapshot('SAVED'));
    await saver.save();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(status).toHaveBeenCalledTimes(2);
    expect(onSaved).toHaveBeenCalledTimes(1);
    expect(saver.pending()).toEqual([]);
  });

  it('is not pending where the event was faster than the answer', async () => {
    save.mockImplementation(() => {
      saver.settle(snapshot('SAVED'));
      return Promise.resolve(snapshot('PENDING'));
    });
    await saver.save();
    expect(saver.pending()).toEqual([]);
  });
});
