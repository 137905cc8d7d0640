import type { ErrorComponentProps } from '@tanstack/react-router';
import { useEffect } from 'react';

import { Button } from '../ui/button';
import { Page } from '../ui/page';

/** What is shown in the place of a page that failed, be it that its code could not be loaded. */
export function Failure({ error }: ErrorComponentProps) {
  useEffect(() => console.error(error), [error]);
  return (
    <main>
      <Page title="This page could not be shown">
        <p className="mb-5 text-muted">Part of it may not have been loaded. Load it again; should that not help, come back a little later.</p>
        <Button look="primary" onClick={() => location.reload()}>
          Load again
        </Button>
      </Page>
    </main>
  );
}
