import { Link } from '@tanstack/react-router';
import { Activity, Bell, Camera, ChartCandlestick, type LucideIcon, Radio, UserRound, UsersRound } from 'lucide-react';

import { useHasTopics } from '../lib/emulator';
import { Logo } from '../ui/logo';

interface Destination {
  to: '/' | '/shareholders' | '/chart' | '/snapshots' | '/alerts' | '/account' | '/events';
  label: string;
  icon: LucideIcon;
}

const MAIN: Destination[] = [
  { to: '/', label: 'Overview', icon: Activity },
  { to: '/shareholders', label: 'Shareholders', icon: UsersRound },
  { to: '/chart', label: 'Chart', icon: ChartCandlestick },
  { to: '/snapshots', label: 'Snapshots', icon: Camera },
  { to: '/alerts', label: 'Alerts', icon: Bell },
];
const ACCOUNT: Destination = { to: '/account', label: 'Account', icon: UserRound };
const EVENTS: Destination = { to: '/events', label: 'Events', icon: Radio };

const active = { exact: false, includeSearch: false };

export function Sidebar() {
  const hasTopics = useHasTopics();
  const destinations = [...MAIN, ACCOUNT, ...(hasTopics ? [EVENTS] : [])];
  return (
    <nav aria-label="Main" className="sticky top-0 hidden h-dvh w-16 shrink-0 flex-col border-r border-line bg-panel md:flex lg:w-56">
      <Link to="/" aria-label="Fastfusion" className="flex h-14 items-center gap-2.5 px-4.5 font-semibold tracking-tight">
        <Logo className="size-7 shrink-0" />
        <span className="hidden lg:block">Fastfusion</span>
      </Link>
      <div className="flex flex-1 flex-col gap-1 p-2.5">
        {destinations.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            title={label}
            activeOptions={{ ...active, exact: to === '/' }}
            className="flex min-h-10 items-center justify-center gap-3 rounded-lg px-3 text-sm font-medium text-muted hover:bg-raised hover:text-ink lg:justify-start aria-[current=page]:bg-accent-soft aria-[current=page]:text-ink"
          >
            <Icon aria-hidden="true" className="size-5 shrink-0" />
            <span className="sr-only lg:not-sr-only">{label}</span>
          </Link>
        ))}
      </div>
    </nav>
  );
}

export function BottomBar() {
  return (
    <nav aria-label="Main" className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-5 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] md:hidden">
      {MAIN.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ ...active, exact: to === '/' }}
          className="flex min-h-14 flex-col items-center justify-center gap-0.5 text-[0.6875rem] font-medium text-muted aria-[current=page]:text-accent"
        >
          <Icon aria-hidden="true" className="size-5" />
          {label}
        </Link>
      ))}
    </nav>
  );
}
