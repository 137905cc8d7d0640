import { useEffect, useState, useSyncExternalStore } from 'react';

import { busiest, loadTopics, matching, Records, type Topic } from '../live/records';
import { useHasTopics } from '../lib/emulator';
import { Button } from '../ui/button';
import { inputClass } from '../ui/field';
import { Page } from '../ui/page';
import { Empty, ErrorNote, Loading } from '../ui/states';
import { RecordTable } from './events/table';
import { useStream } from './events/use-stream';

export function Events() {
  const hasTopics = useHasTopics();
  const [topics, setTopics] = useState<Topic[]>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (hasTopics) loadTopics().then(setTopics, setError);
  }, [hasTopics]);
  return (
    <Page title="Events">
      {!hasTopics ? (
        <div className="card">
          <Empty title="There is nothing to watch here">The topics of Kafka are shown in a local run of the platform alone.</Empty>
        </div>
      ) : error !== undefined ? (
        <ErrorNote error={error} />
      ) : topics === undefined ? (
        <Loading label="The topics are being loaded" rows={6} />
      ) : topics.length === 0 ? (
        <div className="card">
          <Empty title="Kafka has no topics yet" />
        </div>
      ) : (
        <Watch topics={topics} />
      )}
    </Page>
  );
}

function Watch({ topics }: { topics: Topic[] }) {
  const [topic, setTopic] = useState(() => busiest(topics)?.name ?? '');
  const [filter, setFilter] = useState('');
  const [records] = useState(() => new Records());
  const isConnected = useStream(topic, records);
  const kept = useSyncExternalStore(records.subscribe, records.kept);
  const dropped = useSyncExternalStore(records.subscribe, records.dropped);
  const isPaused = useSyncExternalStore(records.subscribe, records.isPaused);
  const shown = matching(kept, filter);
  return (
    <>
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <label className="w-full text-sm font-medium sm:w-auto">
          <span className="mb-1 block">Topic</span>
          <select value={topic} onChange={({ target }) => setTopic(target.value)} className={`${inputClass} min-w-48`}>
            {topics.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className="min-w-48 flex-1 text-sm font-medium">
          <span className="mb-1 block">Filter by key or value</span>
          <input type="search" value={filter} onChange={({ target }) => setFilter(target.value)} className={inputClass} />
        </label>
        <Button className="min-h-10" aria-pressed={isPaused} onClick={() => records.pause(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </Button>
      </div>
      <p className="mb-2 text-sm text-muted">
        {isConnected ? (isPaused ? 'Paused' : 'Live') : 'Connecting…'} · {shown.length} of {kept.length} shown
        {dropped > 0 && ` · ${dropped} left out, since they came too fast`}
      </p>
      <div className="card overflow-hidden">
        {shown.length > 0 ? <RecordTable records={shown} /> : <Empty title={filter ? 'No record matches' : 'No record has come yet'}>Prices come every five seconds.</Empty>}
      </div>
    </>
  );
}
