import { CloudOff, LoaderCircle, type LucideIcon, Wifi, WifiOff } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';

import { feed, socket } from '../app';
import { instantOfTick } from '../lib/time';
import type { Connection } from '../live/socket';
import { Button } from '../ui/button';
import { Popover } from '../ui/popover';
import { useSeries } from '../ui/sparkline';
import { Time } from '../ui/time';

/** How many seconds are left, told every second. */
function useCountdown(until: number | undefined): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === undefined) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [until]);
  return until === undefined ? 0 : Math.max(0, Math.ceil((until - now) / 1_000));
}

const LOOKS: Record<Connection['status'], { label: string; icon: LucideIcon; colour: string }> = {
  idle: { label: 'Not connected', icon: CloudOff, colour: 'text-muted' },
  connecting: { label: 'Connecting', icon: LoaderCircle, colour: 'text-warning' },
  live: { label: 'Live', icon: Wifi, colour: 'text-accent' },
  reconnecting: { label: 'Reconnecting', icon: LoaderCircle, colour: 'text-warning' },
  offline: { label: 'Offline', icon: WifiOff, colour: 'text-danger' },
};

/** Whether prices come live. The state is announced when it changes, the countdown is not. */
export function ConnectionBadge() {
  const state = useSyncExternalStore(socket.subscribeState, socket.state);
  const seconds = useCountdown(state.status === 'reconnecting' ? state.retryAt : undefined);
  const { label, icon: Icon, colour } = LOOKS[state.status];
  const trigger = (
    <>
      <Icon aria-hidden="true" className={`size-4 ${colour}`} />
      <span className="text-ink">{label}</span>
      {state.status === 'reconnecting' && (
        <span aria-hidden="true" className="text-muted">
          in {seconds} s
        </span>
      )}
    </>
  );
  return (
    <>
      <Popover label="Connection" trigger={trigger} data-connection={state.status} className="w-72 p-4 text-sm">
        <p className="font-semibold">Connection: {label.toLowerCase()}</p>
        <Continuity />
        {(state.status === 'reconnecting' || state.status === 'offline') && (
          <Button className="mt-3 w-full" onClick={socket.retryNow}>
            Connect now
          </Button>
        )}
      </Popover>
      <span role="status" className="sr-only">
        {state.status === 'connecting' ? '' : label}
      </span>
    </>
  );
}

function Continuity() {
  const ticks = useSeries(feed.own);
  const last = ticks.at(-1);
  if (!last) return <p className="mt-1 text-muted">No price has come yet.</p>;
  const { missing } = feed.own;
  return (
    <dl className="mt-2 grid grid-cols-[1fr_auto] gap-y-1 text-muted">
      <dt>Newest price</dt>
      <dd className="text-ink">
        <Time at={instantOfTick(last.tick)} isShort />
      </dd>
      <dt>Prices of yours here</dt>
      <dd className="text-ink" data-first-tick={ticks[0]!.tick} data-last-tick={last.tick}>
        {ticks.length}
      </dd>
      <dt>Missing between them</dt>
      <dd className="text-ink" data-missing={missing}>
        {missing === 0 ? 'none' : missing}
      </dd>
    </dl>
  );
}
