import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { APIRequestContext, Page } from '@playwright/test';
import type axe from 'axe-core';

import { connection, expect, isLive, register, signIn, somebody, test } from './support/test';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const DESKTOP = { width: 1280, height: 800 };
/** A browser at 200 % shows half as many pixels, twice as large. */
const ZOOMED = { viewport: { width: DESKTOP.width / 2, height: DESKTOP.height / 2 }, deviceScaleFactor: 2 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };
const SCREENS = {
  'desktop-light': { viewport: DESKTOP, colorScheme: 'light' },
  'desktop-dark': { viewport: DESKTOP, colorScheme: 'dark' },
  'phone-light': { ...PHONE, colorScheme: 'light' },
  'phone-dark': { ...PHONE, colorScheme: 'dark' },
  'zoomed-light': { ...ZOOMED, colorScheme: 'light' },
} as const;

const PAGES = {
  overview: '/',
  shareholders: '/shareholders',
  chart: '/chart',
  snapshots: '/snapshots',
  alerts: '/alerts',
  account: '/account',
  events: '/events',
  'not-found': '/no-such-page',
};
const ENTRANCES = { 'sign-in': '/sign-in', 'sign-up': '/sign-up' };

/** What axe finds, in words. The policy of the page lets no script in, but that of the debugger. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${failureSummary} ${html}`));
}

/** Text that does not fit, where nothing shows that there is more of it. */
const cutTexts = (page: Page) =>
  page.evaluate(() => {
    const isCut = (element: HTMLElement) => {
      const { overflowX, textOverflow, clipPath } = getComputedStyle(element);
      const isForScreenReaders = clipPath !== 'none';
      return ['hidden', 'clip'].includes(overflowX) && textOverflow !== 'ellipsis' && !isForScreenReaders && element.scrollWidth > element.clientWidth + 1;
    };
    return [...document.querySelectorAll<HTMLElement>('#root *')].filter(isCut).map(({ outerHTML }) => outerHTML.slice(0, 300));
  });

async function inspect(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('[role=status]', { hasText: /being loaded/ })).toHaveCount(0);
  await expect(page.getByRole('alert')).toHaveCount(0);
  // Names that are still asked for.
  await expect(page.getByText('…', { exact: true })).toHaveCount(0);
  if (await connection(page).isVisible()) await isLive(page);
  // Flashes end before colours are compared.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))));
  await page.screenshot({ path: `screenshots/${name}.png` });
  expect(await findings(page), name).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name} scrolls sideways`).toBe(0);
  expect(await cutTexts(page), name).toEqual([]);
}

async function recordsCome(page: Page): Promise<void> {
  await page.getByLabel('Topic').selectOption('user.price.update');
  await expect(page.getByRole('table').getByRole('row').nth(3)).toBeVisible();
  await page.getByRole('button', { name: 'Pause' }).click();
}

/** Somebody who has something to see on each page. */
async function settle(page: Page, request: APIRequestContext): Promise<void> {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.goto('/snapshots');
  for (const count of [1, 2]) {
    await page.getByRole('button', { name: 'Save a snapshot' }).click();
    await expect(page.locator('[data-snapshot=SAVED]')).toHaveCount(count);
  }
  await page.goto('/alerts');
  await page.getByLabel('Price').fill('5000');
  await page.getByRole('button', { name: 'Arm the alert' }).click();
  await expect(page.locator('[data-alert=ARMED]')).toBeVisible();
}

for (const [screen, { colorScheme, ...device }] of Object.entries(SCREENS)) {
  test.describe(screen, () => {
    test.use({ ...device, colorScheme, reducedMotion: 'reduce' });

    test('pages for everybody', async ({ page }) => {
      for (const [name, path] of Object.entries(ENTRANCES)) {
        await page.goto(path);
        await inspect(page, `${name}-${screen}`);
      }
    });

    test('pages for those who are signed in', async ({ page, request }) => {
      // axe looks at eleven of them.
      test.slow();
      await settle(page, request);
      for (const [name, path] of Object.entries(PAGES)) {
        await page.goto(path);
        if (name === 'events') await recordsCome(page);
        await inspect(page, `${name}-${screen}`);
      }

      await page.goto('/shareholders');
      const somebodyElse = page.getByRole('row').nth(1).getByRole('link');
      await page.getByRole('row').nth(1).getByRole('button').click();
      await somebodyElse.click();
      await expect(page.locator('polyline')).toBeVisible();
      await inspect(page, `shareholder-${screen}`);

      // What is opened over a page.
      await page.goto('/');
      await isLive(page);
      await expect(page.getByRole('region', { name: 'Watchlist' }).getByRole('listitem')).toHaveCount(1);
      await page.getByRole('button', { name: /Account and appearance/ }).click();
      await inspect(page, `menu-${screen}`);
      await page.goto('/account');
      await page.getByRole('button', { name: 'Delete the account…' }).click();
      await expect(page.getByRole('alertdialog')).toBeVisible();
      await page.screenshot({ path: `screenshots/deletion-${screen}.png` });
      expect(await findings(page)).toEqual([]);
    });
  });
}
