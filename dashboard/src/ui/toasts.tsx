import { Toast } from '@base-ui/react/toast';
import { Bell, CircleCheck, Info, X } from 'lucide-react';
import type { ReactNode } from 'react';

import { toasts } from '../app';

const ICONS: Record<string, ReactNode> = {
  alert: <Bell aria-hidden="true" className="size-5 shrink-0 text-accent" />,
  success: <CircleCheck aria-hidden="true" className="size-5 shrink-0 text-accent" />,
};

/** What can be focused must not be hidden from screen readers, as Base UI has it for stacks that have to be opened. */
function List() {
  const { toasts: shown } = Toast.useToastManager();
  return shown.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      aria-hidden={false}
      swipeDirection={['right', 'down']}
      className="card relative flex w-full items-start gap-3 bg-panel p-3.5 pr-10 shadow-lg transition-opacity data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0"
    >
      {ICONS[toast.type ?? ''] ?? <Info aria-hidden="true" className="size-5 shrink-0 text-muted" />}
      <Toast.Content className="min-w-0 wrap-anywhere">
        <Toast.Title className="text-sm font-medium" />
        <Toast.Description className="mt-0.5 text-sm text-muted" />
      </Toast.Content>
      <Toast.Close aria-label="Dismiss" aria-hidden={false} className="absolute top-2 right-2 rounded p-1 text-muted hover:bg-raised">
        <X aria-hidden="true" className="size-4" />
      </Toast.Close>
    </Toast.Root>
  ));
}

/** What is told in passing. */
export function Toasts() {
  return (
    <Toast.Provider toastManager={toasts} limit={4} timeout={5_000}>
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-20 left-4 z-50 flex flex-col gap-2 sm:left-auto sm:w-88 md:bottom-4">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
