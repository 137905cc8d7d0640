import { useEffect, useState } from 'react';

import { droppedCount, type Records, recordsPath } from '../../live/records';

/** Has the records of a topic come in; the browser connects again by itself. True while they do. */
export function useStream(topic: string, records: Records): boolean {
  const [isConnected, setIsConnected] = useState(false);
  useEffect(() => {
    const source = new EventSource(recordsPath(topic));
    source.onopen = () => setIsConnected(true);
    source.onerror = () => setIsConnected(false);
    source.onmessage = ({ data }: MessageEvent<string>) => records.take(data);
    source.addEventListener('dropped', ({ data }: MessageEvent<string>) => records.drop(droppedCount(data)));
    return () => {
      source.close();
      records.clear();
      setIsConnected(false);
    };
  }, [topic, records]);
  return isConnected;
}
