import { Link } from '@tanstack/react-router';

import { buttonClass } from '../ui/button';
import { Page } from '../ui/page';

export function NotFound() {
  return (
    <main>
      <Page title="There is no such page">
        <p className="mb-5 text-muted">The address may be mistyped, or the page has moved.</p>
        <Link to="/" className={buttonClass('primary')}>
          Go to the overview
        </Link>
      </Page>
    </main>
  );
}
