import type { ApolloClient } from '@apollo/client';
import { useCallback, useEffect, useMemo, useState } from 'react';

import { type Candle, continued } from '../../live/candles';
import type { Tick } from '../../live/series';
import { type History, loadHistory } from './source';

interface Wanted {
  apollo: ApolloClient;
  /** Whose; not known at first. */
  id: string | undefined;
  now: number | undefined;
  length: number;
  live: readonly Tick[];
}

interface Loaded {
  length: number;
  history?: History;
  error?: unknown;
}

/** The candles of the past, and what has come live since. */
export function useCandles({ apollo, id, now, length, live }: Wanted): { candles?: Candle[]; error?: unknown; reload: () => void } {
  const [loaded, setLoaded] = useState<Loaded>();
  const [attempt, setAttempt] = useState(0);
  const [beginning, setBeginning] = useState<number>();
  // More was missed than is replayed: the live prices begin anew.
  const isTorn = loaded?.history !== undefined && live[0] !== undefined && live[0].tick > loaded.history.lastTick + 1;
  if (now !== undefined && (beginning === undefined || isTorn) && beginning !== now) setBeginning(now);

  useEffect(() => {
    if (beginning === undefined || id === undefined) return;
    let isCurrent = true;
    loadHistory(apollo, id, beginning, length).then(
      (history) => isCurrent && setLoaded({ length, history }),
      (error: unknown) => isCurrent && setLoaded({ length, error }),
    );
    return () => {
      isCurrent = false;
    };
  }, [apollo, id, beginning, length, attempt]);

  const history = loaded?.length === length ? loaded.history : undefined;
  const candles = useMemo(() => history && continued(history.candles, history.lastTick, live, length), [history, live, length]);
  const reload = useCallback(() => {
    setLoaded(undefined);
    setBeginning(undefined);
    setAttempt((before) => before + 1);
  }, []);
  return { ...(candles && { candles }), ...(loaded?.length === length && loaded.error !== undefined && { error: loaded.error }), reload };
}
