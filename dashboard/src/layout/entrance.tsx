import type { ReactNode } from 'react';

import { Logo } from '../ui/logo';
import { useHeading } from '../ui/use-heading';
import { usePrefetched } from './prefetch';

const POINTS = ['A share of your own that moves every five seconds', 'Live prices of everybody, not one tick missed', 'Snapshots, statistics and alerts'];

/** The frame of what is shown to those who are not signed in. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  const heading = useHeading(title);
  usePrefetched();
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
      <aside className="hidden flex-col justify-between bg-[#1e1b4b] p-12 text-white lg:flex">
        <p className="flex items-center gap-3 text-lg font-semibold">
          <Logo className="size-9" /> Fastfusion
        </p>
        <div>
          <p className="max-w-md text-4xl leading-tight font-semibold tracking-tight">Everybody here is a share. Watch yours move.</p>
          <ul className="mt-8 space-y-3 text-indigo-100">
            {POINTS.map((point) => (
              <li key={point} className="flex gap-3">
                <span aria-hidden="true">▲</span>
                {point}
              </li>
            ))}
          </ul>
        </div>
        <Backdrop />
      </aside>
      <main className="flex flex-col justify-center px-5 py-10 sm:px-10">
        <div className="mx-auto w-full max-w-sm">
          <p className="mb-8 flex items-center gap-2.5 font-semibold lg:hidden">
            <Logo className="size-8" /> Fastfusion
          </p>
          <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight">
            {title}
          </h1>
          {children}
        </div>
      </main>
    </div>
  );
}

/** A line that means nothing. */
function Backdrop() {
  const points = '0,62 24,56 48,60 72,44 96,50 120,38 144,46 168,30 192,34 216,22 240,28 264,14 300,18';
  return (
    <svg aria-hidden="true" viewBox="0 0 300 70" preserveAspectRatio="none" className="h-28 w-full text-indigo-400">
      <polyline points={points} fill="none" stroke="currentColor" strokeWidth="2" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
