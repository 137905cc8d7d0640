import './styles.css';

import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { lookForEmulator } from './lib/emulator';
import { applyPreferences } from './lib/preferences';
import { router } from './router';
import { startSession } from './session/current';

applyPreferences();
startSession();
void lookForEmulator();

/** Until the first page is there, the document shows that it is being opened. */
async function show(): Promise<void> {
  await router.load();
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <RouterProvider router={router} />
    </StrictMode>,
  );
}

void show();
