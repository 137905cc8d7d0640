import { Link } from '@tanstack/react-router';

import { buttonClass } from '../ui/button';
import { Logo } from '../ui/logo';
import { Page } from '../ui/page';

export function NotFound() {
  return (
    <main>
      <Link to="/" className="flex h-14 items-center gap-2.5 border-b border-line bg-panel px-4 font-semibold tracking-tight sm:px-6">
        <Logo className="size-7" /> Fastfusion
      </Link>
      <Page title="There is no such page">
        <p className="mb-5 text-muted">The address may be mistyped, or the page has moved.</p>
        <Link to="/" className={buttonClass('primary')}>
          Go to the overview
        </Link>
      </Page>
    </main>
  );
}
