import { Outlet } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';

import { session } from '../app';
import { Unreachable } from '../session/rest';
import { ErrorNote } from '../ui/states';
import { BottomBar, Sidebar } from './navigation';
import { TopBar } from './top-bar';

export const useSession = () => useSyncExternalStore(session.subscribe, session.state);

function Waiting({ isUnreachable }: { isUnreachable: boolean }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-lg items-center justify-center p-6">
      {isUnreachable ? (
        <ErrorNote error={new Unreachable(undefined)} retry={() => void session.restore()} />
      ) : (
        <p role="status" className="text-muted">
          Opening Fastfusion…
        </p>
      )}
    </main>
  );
}

export function Shell() {
  const state = useSession();
  if (state.status !== 'signed-in') return <Waiting isUnreachable={state.status === 'unreachable'} />;
  return (
    <div className="flex min-h-dvh">
      <a href="#main" className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to the content
      </a>
      <Sidebar />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar />
        <main id="main" key={state.userId} tabIndex={-1} className="flex-1 pb-20 md:pb-6">
          <Outlet />
        </main>
      </div>
      <BottomBar />
    </div>
  );
}
