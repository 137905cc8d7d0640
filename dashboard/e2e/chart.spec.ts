import type { Page } from '@playwright/test';

import { expect, register, signIn, somebody, test } from './support/test';

const handleOf = (page: Page) => page.getByRole('slider', { name: 'New alert' });
const form = (page: Page) => page.getByRole('region', { name: 'New alert' });

/** Where the middle of the handle is. It moves with the price: here it has just moved, and stays for the seconds up to the next tick. */
async function handleAt(page: Page): Promise<{ x: number; y: number }> {
  const price = await handleOf(page).getAttribute('aria-valuetext');
  await expect(handleOf(page)).not.toHaveAttribute('aria-valuetext', price!);
  const { x, y, width, height } = (await handleOf(page).boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
}

/** Opens the chart of somebody new, and gives where the middle of the handle is. */
async function openChart(page: Page): Promise<{ x: number; y: number }> {
  await page.getByRole('navigation').getByRole('link', { name: 'Chart' }).first().click();
  await expect(handleOf(page)).toHaveAttribute('aria-valuetext', /^at your price/);
  return handleAt(page);
}

test('an alert is begun by dragging its line, and dropped by Escape', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  const { x, y } = await openChart(page);

  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x, y - 120, { steps: 6 });
  await expect(handleOf(page)).toContainText(/^rises to [\d,]+\.\d\d$/);
  await page.mouse.move(x, y + 120, { steps: 6 });
  await expect(handleOf(page)).toContainText(/^falls to [\d,]+\.\d\d$/);
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-alert-line]')).toHaveCount(0);
  await page.mouse.up();
  await expect(form(page)).toHaveCount(0);

  const again = await handleAt(page);
  await page.mouse.move(again.x, again.y);
  await page.mouse.down();
  await page.mouse.move(x, y - 120, { steps: 6 });
  await page.mouse.up();
  await expect(form(page).getByLabel('rises to')).toBeChecked();
  const price = await form(page).getByLabel('Price').inputValue();
  await expect(handleOf(page)).toContainText(price.replace(/\B(?=(\d{3})+\.)/g, ','));
  await form(page).getByRole('button', { name: 'Arm the alert' }).click();
  await expect(page.getByText(/^Alert armed at/)).toBeVisible();
  await expect(form(page)).toHaveCount(0);
  await page.getByRole('link', { name: 'Alerts' }).click();
  await expect(page.locator('[data-alert]')).toContainText('rises to');
});

test('an alert is begun by keys', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await openChart(page);
  await handleOf(page).focus();
  await page.keyboard.press('PageDown');
  await expect(handleOf(page)).toHaveAttribute('aria-valuetext', /^when your price falls to [\d,.]+; now it is at/);
  await page.keyboard.press('Enter');
  await expect(form(page).getByLabel('falls to')).toBeChecked();
  await page.keyboard.press('Escape');
  await expect(form(page)).toHaveCount(0);
  await expect(handleOf(page)).toBeFocused();
});

test.describe('with a finger', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('an alert is begun by dragging its line, which does not scroll the page', async ({ page, request }) => {
    const ada = somebody();
    await register(request, ada);
    await signIn(page, ada);
    const { x, y } = await openChart(page);
    const finger = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
      finger.send('Input.dispatchTouchEvent', { type, touchPoints });
    await touch('touchStart', { x, y });
    for (let moved = 10; moved <= 100; moved += 10) await touch('touchMove', { x, y: y + moved });
    await expect(handleOf(page)).toContainText(/^falls to/);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await touch('touchEnd');
    await expect(form(page).getByLabel('falls to')).toBeChecked();
    await expect(form(page)).toBeInViewport();
  });
});
