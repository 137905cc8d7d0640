import { useEffect } from 'react';

const whenIdle = (run: () => void) => (window.requestIdleCallback ? window.requestIdleCallback(run) : setTimeout(run, 1_000));

/** What comes right after signing in. Should it not load now, it is asked for again when it is needed. */
const prefetch = () => void Promise.all([import('./shell'), import('../pages/overview')]).catch(() => undefined);

/** Has it loaded once the page is there and the browser has nothing to do. */
export function usePrefetched(): void {
  useEffect(() => {
    if (document.readyState === 'complete') return void whenIdle(prefetch);
    const loaded = () => whenIdle(prefetch);
    window.addEventListener('load', loaded, { once: true });
    return () => window.removeEventListener('load', loaded);
  }, []);
}
