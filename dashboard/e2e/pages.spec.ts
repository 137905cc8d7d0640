import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { Page } from '@playwright/test';
import type axe from 'axe-core';

import { expect, register, signIn, somebody, test } from './support/test';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const SCREENS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;
const PAGES = { overview: '/', shareholders: '/shareholders', chart: '/chart', snapshots: '/snapshots', alerts: '/alerts', account: '/account', 'not-found': '/no-such-page' };
const ENTRANCES = { 'sign-in': '/sign-in', 'sign-up': '/sign-up' };

/** What axe finds, in words. The policy of the page lets no script in, but that of the debugger. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${failureSummary} ${html}`));
}

async function inspect(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('[role=status]', { hasText: /being loaded/ })).toHaveCount(0);
  await expect(page.getByRole('alert')).toHaveCount(0);
  // Flashes end before colours are compared.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))));
  await page.screenshot({ path: `screenshots/${name}.png` });
  expect(await findings(page)).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, 'the page scrolls sideways').toBe(0);
}

for (const [screen, viewport] of Object.entries(SCREENS)) {
  for (const colorScheme of THEMES) {
    test.describe(`${screen}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme, reducedMotion: 'reduce' });

      test('pages for everybody', async ({ page }) => {
        for (const [name, path] of Object.entries(ENTRANCES)) {
          await page.goto(path);
          await inspect(page, `${name}-${screen}-${colorScheme}`);
        }
      });

      test('pages for those who are signed in', async ({ page, request }) => {
        const ada = somebody();
        await register(request, ada);
        await signIn(page, ada);
        await page.getByRole('button', { name: 'Save a snapshot' }).click();
        await expect(page.getByText(/^Snapshot saved at/)).toBeVisible();
        await page.goto('/alerts');
        await page.getByLabel('Price').fill('5000');
        await page.getByRole('button', { name: 'Arm the alert' }).click();
        await expect(page.locator('[data-alert=ARMED]')).toBeVisible();
        for (const [name, path] of Object.entries(PAGES)) {
          await page.goto(path);
          await inspect(page, `${name}-${screen}-${colorScheme}`);
        }
      });
    });
  }
}
