import './styles.css';

import { ApolloProvider } from '@apollo/client/react';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { apollo, startApp } from './app';
import { lookForEmulator } from './lib/emulator';
import { applyPreferences } from './lib/preferences';
import { router } from './router';
import { Toasts } from './ui/toasts';

applyPreferences();
startApp();
void lookForEmulator();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <ApolloProvider client={apollo}>
        <RouterProvider router={router} />
        <Toasts />
      </ApolloProvider>
    </CSPProvider>
  </StrictMode>,
);
