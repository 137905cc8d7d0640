import { existsSync, readFileSync } from 'node:fs';

import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const api = process.env.API_URL ?? 'http://127.0.0.1:8001';

const proxy = { '/api': { target: api, ws: true }, '/analytics': api, '/health': api, '/_emulator': api };

/** What the front door and CloudFront send with every file of the site. */
const HEADERS = new URL('headers.json', import.meta.url);
const headers = existsSync(HEADERS) ? (JSON.parse(readFileSync(HEADERS, 'utf8')) as Record<string, string>) : {};

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: { proxy, hmr: { path: '/@hmr' } },
  preview: { proxy, headers },
  build: {
    target: 'es2022',
    manifest: true,
    // A data: URL would be refused by the Content-Security-Policy for all but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  test: { include: ['src/**/*.test.{ts,tsx}'] },
});
