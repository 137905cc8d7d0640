import { useCallback, useEffect, useState } from 'react';

import { toasts } from '../../app';
import { session } from '../../session/current';
import { Problem } from '../../session/rest';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ErrorNote, Loading, messageOf } from '../../ui/states';
import { Time } from '../../ui/time';

interface Known {
  id: string;
  created_at: string;
  last_used_at: string;
  current: boolean;
}

const PATH = '/api/v1/users/sessions';

type SessionList = { state: 'loading' | 'unknown' } | { state: 'failed'; error: unknown } | { state: 'loaded'; sessions: Known[] };

/** `unknown` where the server has no sessions. */
export function useSessions(): SessionList & { reload: () => void } {
  const [list, setList] = useState<SessionList>({ state: 'loading' });
  const reload = useCallback(() => {
    const load = async () => {
      const { sessions } = await session.request<{ sessions: Known[] }>('GET', PATH);
      setList({ state: 'loaded', sessions });
    };
    load().catch((error: unknown) => setList(error instanceof Problem && [403, 404].includes(error.status) ? { state: 'unknown' } : { state: 'failed', error }));
  }, []);
  useEffect(reload, [reload]);
  return { ...list, reload };
}

export function Sessions({ reload, ...list }: ReturnType<typeof useSessions>) {
  const end = async (id: string) => {
    try {
      await session.request('DELETE', `${PATH}/${id}`);
    } catch (error) {
      toasts.add({ type: 'info', priority: 'high', title: 'The session could not be ended', description: messageOf(error) });
    }
    reload();
  };
  return (
    <Card title="Sessions" action={list.state === 'loaded' && list.sessions.length > 1 && <EndAll />}>
      {list.state === 'failed' ? (
        <div className="p-4">
          <ErrorNote error={list.error} retry={reload} />
        </div>
      ) : list.state === 'loaded' ? (
        <ul className="divide-y divide-line">
          {list.sessions.map((known) => (
            <li key={known.id} className="flex items-center justify-between gap-4 px-4 py-3 text-sm">
              <div>
                <p className="font-medium">
                  Signed in <Time at={known.created_at} />
                </p>
                <p className="text-xs text-muted">
                  last used <Time at={known.last_used_at} />
                </p>
              </div>
              {known.current ? <span className="text-muted">this one</span> : <Button onClick={() => void end(known.id)}>End</Button>}
            </li>
          ))}
        </ul>
      ) : (
        <Loading label="Your sessions are being loaded" rows={2} />
      )}
    </Card>
  );
}

function EndAll() {
  const endAll = async () => {
    try {
      await session.request('DELETE', PATH);
      await session.signOut();
    } catch (error) {
      toasts.add({ type: 'info', priority: 'high', title: 'The sessions could not be ended', description: messageOf(error) });
    }
  };
  return (
    <Button look="quiet" className="-mr-3" onClick={() => void endAll()}>
      Sign out everywhere
    </Button>
  );
}
