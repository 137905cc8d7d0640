import type { Locator, Page } from '@playwright/test';

import { expect, isLive, register, somebody, test } from './support/test';

/** More than any page has. */
const MOST_STEPS = 60;

/** What has the focus, as a screen reader would say it, briefly. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const label = (element as HTMLInputElement).labels?.[0]?.innerText;
    return (element.getAttribute('aria-label') ?? label ?? element.innerText).trim().replaceAll(/\s+/g, ' ');
  });

/** Presses Tab until it has the focus; gives what had it on the way. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<string[]> {
  const way: string[] = [];
  for (let step = 0; step < MOST_STEPS; step += 1) {
    await page.keyboard.press(key);
    way.push(await focused(page));
    if (await target.evaluate((element) => element === document.activeElement)) return way;
  }
  throw new Error(`${target} does not get the focus: ${way.join(', ')}`);
}

/** Whoever looks must see where the focus is. */
const hasRing = (target: Locator) => target.evaluate((element) => getComputedStyle(element).outlineStyle !== 'none');

test('with the keyboard alone: signing in, an alert, and the account that is kept after all', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await page.goto('/sign-in');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  const email = page.getByLabel('Email address');
  expect(await tabTo(page, email)).toEqual(['Email address']);
  expect(await hasRing(email)).toBe(true);
  await page.keyboard.type(ada.email);
  expect(await tabTo(page, page.getByLabel('Password'))).toEqual(['Password']);
  await page.keyboard.type(ada.password);
  await page.keyboard.press('Enter');
  await isLive(page);

  // The content comes first for whoever has just arrived; the way back leads over the navigation to the link that skips it.
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeFocused();
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  const back = await tabTo(page, skip, 'Shift+Tab');
  expect(back.slice(-7)).toEqual(['Alerts', 'Snapshots', 'Chart', 'Shareholders', 'Overview', 'Fastfusion', 'Skip to the content']);
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  const alerts = page.getByRole('link', { name: 'Alerts' });
  await tabTo(page, alerts, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Alerts' })).toBeFocused();
  const price = page.getByLabel('Price', { exact: true });
  expect(await tabTo(page, price)).toEqual(['rises to', 'Price']);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('ArrowRight');
  expect(await focused(page)).toBe('falls to');
  await page.keyboard.press('Tab');
  await page.keyboard.type('0.02');
  const arm = page.getByRole('button', { name: 'Arm the alert' });
  expect(await tabTo(page, arm)).toEqual(['email', 'Arm the alert']);
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-alert=ARMED]')).toContainText('falls to 0.02');

  // A panel of the top bar: Escape closes it and gives the focus back.
  const menu = page.getByRole('button', { name: /Account and appearance/ });
  await tabTo(page, menu, 'Shift+Tab');
  await page.keyboard.press('Enter');
  const dark = page.getByRole('radio', { name: 'Dark' });
  await expect(dark).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dark).toBeHidden();
  await expect(menu).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Account');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Account' })).toBeFocused();
  await expect(dark).toBeHidden();

  const remove = page.getByRole('button', { name: 'Delete the account…' });
  await tabTo(page, remove);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('alertdialog');
  await expect(dialog.getByRole('textbox')).toBeFocused();
  // The focus stays inside, whichever way it goes round.
  for (const key of ['Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab'] as const) {
    await page.keyboard.press(key);
    // What guards its ends has the focus for a moment, and gives it back.
    const isInside = () => dialog.evaluate((element) => element.contains(document.activeElement));
    await expect.poll(isInside, `after ${key}, on ${await focused(page)}`).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(remove).toBeFocused();

  // What was typed is forgotten with the dialog.
  await page.keyboard.press('Enter');
  await page.keyboard.type('delete my account');
  await page.keyboard.press('Escape');
  await expect(remove).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('textbox')).toHaveValue('');
  await expect(dialog.getByRole('button', { name: 'Delete it for good' })).toBeDisabled();
});
