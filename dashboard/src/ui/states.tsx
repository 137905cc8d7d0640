import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { CircleAlert, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';

import { Problem, Unreachable } from '../session/rest';
import { Button } from './button';

/** What went wrong, in a sentence for the viewer. */
export function messageOf(error: unknown): string {
  if (error instanceof Problem) return error.detail ? `${error.title}. ${error.detail}` : error.title;
  if (error instanceof Unreachable) return 'The server could not be reached. Check your connection and try again.';
  if (CombinedGraphQLErrors.is(error)) return error.errors[0]?.message ?? 'The server could not answer.';
  return 'The server could not be reached, or could not answer.';
}

export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 rounded-lg border border-danger/40 bg-panel px-4 py-3 text-sm">
      <CircleAlert aria-hidden="true" className="size-5 shrink-0 text-danger" />
      <p className="min-w-48 flex-1">{messageOf(error)}</p>
      {retry && (
        <Button onClick={retry}>
          <RotateCw aria-hidden="true" className="size-4" /> Try again
        </Button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="px-6 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="mx-auto mt-1.5 max-w-md text-sm text-muted">{children}</div>}
    </div>
  );
}

/** Grey bars in the place of what is being loaded: of the same height, if `className` says it, so that nothing jumps. */
export function Loading({ label, rows = 3, className = '' }: { label: string; rows?: number; className?: string }) {
  return (
    <div role="status" className={`space-y-3 overflow-hidden p-4 ${className}`}>
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} aria-hidden="true" className="h-5 animate-pulse rounded bg-raised" style={{ width: `${95 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
