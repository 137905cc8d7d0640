import { type ReactNode, useId } from 'react';

import { buttonClass } from './button';

interface PopoverProps {
  /** What it is about, for screen readers. */
  label: string;
  trigger: ReactNode;
  triggerClass?: string;
  className?: string;
  children: ReactNode;
  [data: `data-${string}`]: string;
}

/** A panel under a button of the top bar: the browser opens and closes it, and gives the focus back. */
export function Popover({ label, trigger, triggerClass = '', className = '', children, ...data }: PopoverProps) {
  const id = useId();
  return (
    <>
      <button type="button" popoverTarget={id} className={buttonClass('quiet', triggerClass)} {...data}>
        {trigger}
      </button>
      <div
        id={id}
        popover="auto"
        role="group"
        aria-label={label}
        className={`card fixed top-13 right-3 left-auto m-0 max-h-[calc(100dvh-4rem)] max-w-[calc(100vw-1.5rem)] overflow-y-auto text-ink shadow-lg sm:right-3 ${className}`}
      >
        {children}
      </div>
    </>
  );
}
