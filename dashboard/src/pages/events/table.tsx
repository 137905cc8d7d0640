import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { formatUtc } from '../../lib/time';
import { type KafkaRecord, keyOf, valueOf } from '../../live/records';

const ROW_HEIGHT = 56;
const COLUMNS = 'grid grid-cols-[4rem_minmax(0,1fr)] gap-x-4 px-4 sm:grid-cols-[3rem_6rem_minmax(0,7rem)_minmax(0,1fr)] lg:grid-cols-[4rem_8rem_minmax(0,14rem)_minmax(0,1fr)] items-center';

/** The time, told every second. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const age = (milliseconds: number) => (milliseconds < 60_000 ? `${Math.max(0, milliseconds / 1_000).toFixed(0)} s` : `${Math.floor(milliseconds / 60_000)} min`);

export function RecordTable({ records }: { records: readonly KafkaRecord[] }) {
  const now = useNow();
  const body = useRef<HTMLDivElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => setScrollMargin(body.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({ count: records.length, estimateSize: () => ROW_HEIGHT, overscan: 8, scrollMargin });
  return (
    <div role="table" aria-label="Records, the newest first" aria-rowcount={records.length + 1}>
      <div role="rowgroup" className="border-b border-line">
        <div role="row" aria-rowindex={1} className={`${COLUMNS} h-10 text-xs font-medium text-muted`}>
          <span role="columnheader">Age</span>
          <span role="columnheader" className="hidden sm:block">
            Place
          </span>
          <span role="columnheader" className="hidden sm:block">
            Key
          </span>
          <span role="columnheader">Value</span>
        </div>
      </div>
      <div role="rowgroup" ref={body} className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const record = records[index];
          return (
            record && (
              <div
                key={`${record.partition} ${record.offset}`}
                role="row"
                aria-rowindex={index + 2}
                className={`${COLUMNS} contain-strict absolute inset-x-0 top-0 h-14 border-b border-line/60 text-xs`}
                style={{ transform: `translateY(${start - scrollMargin}px)` }}
              >
                <Cells record={record} now={now} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function Cells({ record, now }: { record: KafkaRecord; now: number }) {
  const { partition, offset, timestamp_ms: timestamp } = record;
  const [key, value] = [keyOf(record), valueOf(record)];
  return (
    <>
      <span role="cell" title={formatUtc(new Date(timestamp))} className="text-muted">
        {age(now - timestamp)}
      </span>
      <span role="cell" className="hidden font-mono sm:block" title={`Partition ${partition}, offset ${offset}`}>
        {partition} · {offset}
      </span>
      <span role="cell" className="hidden truncate font-mono sm:block" title={key}>
        {key}
      </span>
      <span role="cell" className="line-clamp-2 font-mono break-all" title={value}>
        {value}
      </span>
    </>
  );
}
