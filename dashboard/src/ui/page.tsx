import type { ReactNode } from 'react';

import { useHeading } from './use-heading';

interface PageProps {
  title: string;
  action?: ReactNode;
  children: ReactNode;
}

/** A page of its own title. */
export function Page({ title, action, children }: PageProps) {
  const heading = useHeading(title);
  return (
    <div className="mx-auto w-full max-w-7xl px-4 py-5 sm:px-6">
      <div className="mb-4 flex min-h-9 flex-wrap items-center justify-between gap-3">
        <h1 ref={heading} tabIndex={-1} className="text-xl font-semibold tracking-tight">
          {title}
        </h1>
        {action}
      </div>
      {children}
    </div>
  );
}
