import { type ReactNode, useId } from 'react';

interface CardProps {
  title: string;
  action?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Card({ title, action, className = '', children }: CardProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={`card flex min-w-0 flex-col ${className}`}>
      <header className="flex h-12 shrink-0 items-center justify-between gap-3 border-b border-line px-4">
        <h2 id={id} className="text-sm font-semibold">
          {title}
        </h2>
        {action}
      </header>
      {children}
    </section>
  );
}
