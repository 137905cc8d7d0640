import { useSyncExternalStore } from 'react';

import { signedIn } from '../lib/preferences';
import { Session } from './session';

/** The session of this page. What is shown before signing in needs nothing else of the application. */
export const session = new Session({ read: signedIn.value, write: (isSignedIn) => signedIn.set(isSignedIn) });

export const useSession = () => useSyncExternalStore(session.subscribe, session.state);

export function startSession(): void {
  for (const event of ['online', 'focus', 'pageshow']) window.addEventListener(event, session.wake);
  document.addEventListener('visibilitychange', session.wake);
  void session.restore();
}
