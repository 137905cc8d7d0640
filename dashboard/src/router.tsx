import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, type ParsedLocation, redirect } from '@tanstack/react-router';

import { Failure } from './pages/failure';
import { NotFound } from './pages/not-found';
import { session } from './session/current';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Failure });

/** Where to go after signing in: a path of ours, and nothing else. */
const next = (search: Record<string, unknown>): { next?: string } =>
  typeof search.next === 'string' && /^\/(?!\/)[\w/-]*$/.test(search.next) ? { next: search.next } : {};

/** Whoever is signed in needs no entrance. */
function leaveEntrance({ search }: { search: { next?: string } }): void {
  if (session.state().status === 'signed-in') throw redirect({ href: search.next ?? '/', replace: true });
}

/** Whoever is signed out signs in first, and is led back then, unless leaving was their wish. */
function enter({ location: { pathname } }: { location: ParsedLocation }): void {
  const state = session.state();
  if (state.status !== 'signed-out') return;
  const isOwnWish = state.reason === 'left' || state.reason === 'deleted' || pathname === '/';
  throw redirect({ to: '/sign-in', search: isOwnWish ? {} : { next: pathname }, replace: true });
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: next,
  beforeLoad: leaveEntrance,
  component: lazyRouteComponent(() => import('./pages/sign-in'), 'SignIn'),
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  validateSearch: next,
  beforeLoad: leaveEntrance,
  component: lazyRouteComponent(() => import('./pages/sign-up'), 'SignUp'),
});

/** Everything else is for those who are signed in. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: enter,
  component: lazyRouteComponent(() => import('./layout/shell'), 'Shell'),
  errorComponent: Failure,
});

const page = <Path extends string>(path: Path, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => shell, path, component });

const pages = [
  page('/', lazyRouteComponent(() => import('./pages/overview'), 'Overview')),
  page('/shareholders', lazyRouteComponent(() => import('./pages/shareholders'), 'Shareholders')),
  page('/shareholders/$id', lazyRouteComponent(() => import('./pages/shareholder'), 'Shareholder')),
  page('/chart', lazyRouteComponent(() => import('./pages/chart'), 'Chart')),
  page('/snapshots', lazyRouteComponent(() => import('./pages/snapshots'), 'Snapshots')),
  page('/alerts', lazyRouteComponent(() => import('./pages/alerts'), 'Alerts')),
  page('/account', lazyRouteComponent(() => import('./pages/account'), 'Account')),
  page('/events', lazyRouteComponent(() => import('./pages/events'), 'Events')),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([signIn, signUp, shell.addChildren(pages)]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

// What one may see changes with the session.
session.subscribe(() => void router.invalidate());

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
