import { beforeEach, describe, expect, it, vi } from 'vitest';

import { CAPACITY, droppedCount, keyOf, matching, Records, valueOf } from './records';

const record = (offset: number, value: string | null = `{"price":"${offset}.00"}`) =>
  JSON.stringify({ topic: 'prices', partition: 1, offset, timestamp_ms: 1_000, key: 'ada', value });

describe('the records of a topic', () => {
  let records: Records;
  const offsets = () => records.kept().map(({ offset }) => offset);
  beforeEach(() => {
    vi.stubGlobal('requestAnimationFrame', () => 0);
    records = new Records();
  });

  it('are shown newest first, and no more than can be looked at', () => {
    for (let offset = 0; offset < CAPACITY + 10; offset += 1) records.take(record(offset));
    expect(offsets()).toHaveLength(CAPACITY);
    expect(offsets().slice(0, 2)).toEqual([CAPACITY + 9, CAPACITY + 8]);
  });

  it('wait while paused, and follow in order', () => {
    records.take(record(1));
    records.pause(true);
    records.take(record(2));
    records.take(record(3));
    expect(offsets()).toEqual([1]);
    records.pause(false);
    expect(offsets()).toEqual([3, 2, 1]);
  });

  it('are found by key and value', () => {
    records.take(record(1, '{"name":"Grace"}'));
    records.take(record(2, 'hello'));
    expect(matching(records.kept(), ' GRACE ').map(({ offset }) => offset)).toEqual([1]);
    expect(matching(records.kept(), 'ada')).toHaveLength(2);
    expect(matching(records.kept(), '')).toHaveLength(2);
  });

  it('are shown in base64 where they are no text', () => {
    records.take(JSON.stringify({ ...(JSON.parse(record(1, null)) as object), key: null, value_base64: 'AAE=', truncated: true }));
    const [one] = records.kept();
    expect(keyOf(one!)).toBe('null');
    expect(valueOf(one!)).toBe('base64 AAE= … (cut)');
  });

  it('that were dropped are counted', () => {
    records.drop(droppedCount('{"count":3}'));
    records.drop(droppedCount('{"count":4}'));
    expect(records.dropped()).toBe(7);
  });
});
