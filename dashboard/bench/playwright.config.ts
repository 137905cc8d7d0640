import { defineConfig } from '@playwright/test';

import e2e from '../playwright.config';

/** Not a test: it measures, and asserts nothing. */
export default defineConfig({
  ...e2e,
  testDir: '.',
  projects: [{ name: 'bench', testMatch: '**/*.bench.ts' }],
  workers: 1,
  timeout: 0,
  use: { ...e2e.use, trace: 'off', screenshot: 'off' },
});
