import { ApolloProvider } from '@apollo/client/react';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Outlet } from '@tanstack/react-router';

import { apollo, startApp } from '../app';
import { session, useSession } from '../session/current';
import { Unreachable } from '../session/rest';
import { ErrorNote } from '../ui/states';
import { Toasts } from '../ui/toasts';
import { BottomBar, Sidebar } from './navigation';
import { TopBar } from './top-bar';

startApp();

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

/** What everything for those who are signed in stands in. It is loaded with the first of it. */
export function Shell() {
  return (
    <CSPProvider disableStyleElements>
      <ApolloProvider client={apollo}>
        <Frame />
        <Toasts />
      </ApolloProvider>
    </CSPProvider>
  );
}

function Frame() {
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
