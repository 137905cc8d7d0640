import { existsSync } from 'node:fs';

import { chromium, defineConfig } from '@playwright/test';

const baseURL = process.env.BASE_URL;
if (!baseURL) throw new Error('BASE_URL is not set: say where the dashboard is served, with the API behind it, such as BASE_URL=http://127.0.0.1:8001');

/** Where Playwright has downloaded no browser of its own, Debian's does. */
const DEBIAN = '/usr/bin/chromium';
const executablePath = existsSync(chromium.executablePath()) ? chromium.executablePath() : DEBIAN;
if (!existsSync(executablePath)) throw new Error('There is no Chromium: run `npx playwright install chromium`, or on Debian `apt-get install chromium`.');

/** Chromium refuses to sandbox its processes for root. */
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  reporter: [['list']],
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  projects: [
    { name: 'journeys', testIgnore: 'crashes.spec.ts' },
    // What these do to the stack, the others would feel.
    { name: 'crashes', testMatch: 'crashes.spec.ts', dependencies: ['journeys'], fullyParallel: false },
  ],
  use: {
    baseURL,
    browserName: 'chromium',
    launchOptions: { executablePath, args },
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
