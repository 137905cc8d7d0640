import { useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { LogOut, Radio, UserRound } from 'lucide-react';
import { type ReactNode, useId } from 'react';

import { toasts } from '../app';
import { MeDocument } from '../gql/graphql';
import { useHasTopics, useIsLocal } from '../lib/emulator';
import { convention, theme, usePreference } from '../lib/preferences';
import { session } from '../session/current';
import { Logo } from '../ui/logo';
import { Popover } from '../ui/popover';
import { messageOf } from '../ui/states';
import { ConnectionBadge } from './connection';

const itemClass = 'flex min-h-9 w-full items-center gap-2.5 rounded-md px-2.5 text-sm hover:bg-raised';
const headingClass = 'px-2.5 pt-2 pb-1 text-xs font-medium text-muted';

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  set: (value: Value) => void;
  options: Record<Value, string>;
}

function Choice<Value extends string>({ label, value, set, options }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset>
      <legend className={headingClass}>{label}</legend>
      {Object.entries<string>(options).map(([option, text]) => (
        <label key={option} className={`${itemClass} cursor-pointer`}>
          <input type="radio" name={name} checked={option === value} onChange={() => set(option as Value)} className="size-4 accent-accent" />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

async function signOut(): Promise<void> {
  try {
    await session.signOut();
  } catch (error) {
    toasts.add({ type: 'info', title: 'You are still signed in', description: messageOf(error) });
  }
}

const Line = () => <hr className="my-1.5 border-line" />;

/** Links close the panel that they lie in. */
function closePopover({ currentTarget }: { currentTarget: HTMLElement }): void {
  currentTarget.closest<HTMLElement>('[popover]')?.hidePopover();
}

function AccountPanel({ children }: { children: ReactNode }) {
  const [themeName, setTheme] = usePreference(theme);
  const [conventionName, setConvention] = usePreference(convention);
  return (
    <div className="w-60 p-1.5">
      {children}
      <Line />
      <Choice label="Theme" value={themeName} set={setTheme} options={{ system: 'As the system', light: 'Light', dark: 'Dark' }} />
      <Choice label="Colours" value={conventionName} set={setConvention} options={{ 'green-up': 'Green up, red down', 'red-up': 'Red up, green down' }} />
      <LocalLinks />
      <Line />
      <button type="button" className={itemClass} onClick={() => void signOut()}>
        <LogOut aria-hidden="true" className="size-4" /> Sign out
      </button>
    </div>
  );
}

function UserMenu() {
  const { data } = useQuery(MeDocument);
  const hasTopics = useHasTopics();
  const trigger = (
    <>
      <UserRound aria-hidden="true" className="size-5 shrink-0" />
      <span className="hidden truncate sm:block">{data?.me?.name}</span>
      <span className="sr-only">Account and appearance</span>
    </>
  );
  return (
    <Popover label="Account and appearance" trigger={trigger} triggerClass="-mr-3 max-w-44">
      <AccountPanel>
        <Link to="/account" className={itemClass} onClick={closePopover}>
          <UserRound aria-hidden="true" className="size-4" /> Account
        </Link>
        {hasTopics && (
          <Link to="/events" className={itemClass} onClick={closePopover}>
            <Radio aria-hidden="true" className="size-4" /> Events
          </Link>
        )}
      </AccountPanel>
    </Popover>
  );
}

const LOCAL = [
  ['/_emulator', 'State of the emulator'],
  ['/_emulator/outbox', 'Outbox of emails and texts'],
  ['/api/v1/users/graphql', 'GraphiQL'],
] as const;

function LocalLinks() {
  if (!useIsLocal()) return null;
  return (
    <>
      <Line />
      <p className={headingClass}>This local run</p>
      {LOCAL.map(([href, label]) => (
        <a key={href} href={href} target="_blank" rel="noreferrer" className={itemClass}>
          {label}
        </a>
      ))}
    </>
  );
}

export function TopBar() {
  return (
    <header className="sticky top-0 z-10 flex h-14 items-center gap-2 border-b border-line bg-panel px-4 sm:px-6">
      <Link to="/" aria-label="Fastfusion" className="md:hidden">
        <Logo className="size-7" />
      </Link>
      <div className="ml-auto flex items-center gap-1.5">
        <ConnectionBadge />
        <UserMenu />
      </div>
    </header>
  );
}
