import { type Page } from '@playwright/test';

import { FragileProxy } from './support/fragile-proxy';
import { connection, expect, isLive, register, signIn, somebody, test } from './support/test';

const count = (page: Page) => page.locator('[data-first-tick]');
const lastTick = async (page: Page) => Number(await count(page).getAttribute('data-last-tick'));
const ticksAfter = (page: Page, tick: number, more: number) => expect.poll(() => lastTick(page), { timeout: 60_000 }).toBeGreaterThanOrEqual(tick + more);

/** Every tick from the first to the last has its price. */
async function nothingIsMissing(page: Page): Promise<void> {
  await expect(page.locator('[data-missing]')).toHaveAttribute('data-missing', '0');
  const first = Number(await count(page).getAttribute('data-first-tick'));
  const [last, ticks] = await count(page).evaluate((element) => [Number((element as HTMLElement).dataset.lastTick), Number(element.textContent)] as const);
  expect(ticks).toBe(last - first + 1);
}

test('no tick is missing after the socket was cut', async ({ page, request, baseURL }) => {
  const proxy = new FragileProxy(new URL(baseURL!));
  const base = await proxy.listen();
  try {
    const ada = somebody();
    await register(request, ada);
    await signIn(page, ada, base);
    await connection(page).click();
    await expect(count(page)).toBeVisible();
    const before = await lastTick(page);
    await ticksAfter(page, before, 2);

    proxy.cut();
    await expect(connection(page)).toHaveAttribute('data-connection', 'reconnecting');
    // Two ticks go by that can't come.
    const cut = Math.floor(Date.now() / 5_000);
    await expect.poll(() => Math.floor(Date.now() / 5_000), { timeout: 30_000 }).toBeGreaterThan(cut + 2);
    proxy.mend();

    await isLive(page);
    await ticksAfter(page, cut, 4);
    await nothingIsMissing(page);
  } finally {
    proxy.close();
  }
});

test('a page that is offline says so and comes back by itself', async ({ page, request, context, baseURL }) => {
  const proxy = new FragileProxy(new URL(baseURL!));
  const base = await proxy.listen();
  try {
    const ada = somebody();
    await register(request, ada);
    await signIn(page, ada, base);
    await context.setOffline(true);
    proxy.cut();
    await expect(connection(page)).toHaveAttribute('data-connection', 'offline');
    proxy.mend();
    await context.setOffline(false);
    await isLive(page);
    await connection(page).click();
    await nothingIsMissing(page);
  } finally {
    proxy.close();
  }
});

test('a newer token moves the page to a second socket before the first one closes', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  // The page believes that its token ends soon, and renews it.
  await page.addInitScript(() => {
    const original = window.fetch;
    window.fetch = async (input, init) => {
      const answer = await original(input, init);
      if (!String(input).endsWith('/login')) return answer;
      return Response.json({ ...((await answer.json()) as object), expires_in: 20 }, { status: answer.status });
    };
  });
  const opened = page.waitForEvent('websocket');
  const signedIn = signIn(page, ada);
  const first = await opened;
  await signedIn;
  await connection(page).click();
  await expect(count(page)).toBeVisible();

  const second = await page.waitForEvent('websocket');
  expect(first.isClosed()).toBe(false);
  await Promise.all([first.waitForEvent('close'), second.waitForEvent('framereceived')]);
  await isLive(page);
  await ticksAfter(page, await lastTick(page), 2);
  expect(second.isClosed()).toBe(false);
  await nothingIsMissing(page);
});

test('a hidden page asks for less, and catches up when it is shown', async ({ page, request }) => {
  const asked: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => void asked.push(String(payload))));
  const hide = (isHidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await connection(page).click();
  await expect(count(page)).toBeVisible();

  await hide(true);
  await expect.poll(() => asked.some((message) => message.includes('onPriceUpdate') && message.includes('"every":12'))).toBe(true);
  const hidden = Math.floor(Date.now() / 5_000);
  await expect.poll(() => Math.floor(Date.now() / 5_000), { timeout: 30_000 }).toBeGreaterThan(hidden + 3);
  await hide(false);
  await ticksAfter(page, hidden, 4);
  await nothingIsMissing(page);
});
