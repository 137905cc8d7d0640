import { useSyncExternalStore } from 'react';

/** Whether this is a local run, whose emulator shows what it does. */
let isLocal = false;
let hasTopics = false;
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

async function answers(path: string): Promise<boolean> {
  const response = await fetch(path, { headers: { Accept: 'application/json' } }).catch(() => undefined);
  return response?.ok === true && (response.headers.get('Content-Type')?.includes('json') ?? false);
}

/** On AWS nothing answers there. */
export async function lookForEmulator(): Promise<void> {
  isLocal = await answers('/_emulator');
  hasTopics = isLocal && (await answers('/_emulator/topics'));
  listeners.forEach((listener) => listener());
}

export const useIsLocal = (): boolean => useSyncExternalStore(subscribe, () => isLocal);
export const useHasTopics = (): boolean => useSyncExternalStore(subscribe, () => hasTopics);

/** What `make up` prints: every demo shareholder of every local run has them. */
export const DEMO = { email: 'demo1@example.com', password: 'demo-shareholder' };
