import { type ReactNode, useEffect, useRef } from 'react';

interface PageProps {
  title: string;
  action?: ReactNode;
  children: ReactNode;
}

/** A page of its own title. The heading takes the focus, so that a screen reader says where one is. */
export function Page({ title, action, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Fastfusion`;
    heading.current?.focus({ preventScroll: true });
  }, [title]);
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
