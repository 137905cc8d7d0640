import type { APIRequestContext, Page } from '@playwright/test';

import { crashesOf, killAtAnswer, killFunction } from './support/emulator';
import { connection, expect, isLive, register, signIn, somebody, test } from './support/test';
import { connectionStates, lastTick, nothingIsMissing, showContinuity, ticksAfter } from './support/ticks';

// Functions are everybody's: these tests run after all others, one after the other.

test('no tick is missing while processes of price-fanout are killed', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  const socket = page.waitForEvent('websocket');
  await signIn(page, ada);
  await showContinuity(page);
  const states = await connectionStates(page);
  const crashes = await crashesOf(request, 'price-fanout');

  // In the midst of their work: the page has a price of the tick already, and the batch is not answered yet.
  const isPrice = ({ payload }: { payload: string | Buffer }) => String(payload).includes('onPriceUpdate');
  for (let kills = 0; kills < 3; kills += 1) {
    await (await socket).waitForEvent('framereceived', { predicate: isPrice });
    await killFunction(request, 'price-fanout');
  }
  await killAtAnswer(request, 'price-fanout');
  await expect.poll(() => crashesOf(request, 'price-fanout'), { timeout: 60_000 }).toBeGreaterThan(crashes);

  await ticksAfter(page, await lastTick(page), 3);
  await nothingIsMissing(page);
  expect(await states()).toEqual(['live']);
});

/** The page says that it connects anew when the function dies of what it sends, and misses nothing. */
async function survives(page: Page, request: APIRequestContext, name: string, cause: () => Promise<void>): Promise<void> {
  const states = await connectionStates(page);
  const crashes = await crashesOf(request, name);
  await killAtAnswer(request, name);
  await cause();
  await expect.poll(() => crashesOf(request, name), { timeout: 60_000 }).toBe(crashes + 1);
  await expect.poll(async () => (await states()).at(-1) === 'live' && (await states()).includes('reconnecting'), { timeout: 60_000 }).toBe(true);
  await expect(connection(page)).toContainText('Live');
  await showContinuity(page);
  await ticksAfter(page, await lastTick(page), 2);
  await nothingIsMissing(page);
  await isLive(page);
}

test('a page whose ping kills ws-message connects anew, and no tick is missing', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  // It sends one every fifteen seconds by itself.
  await survives(page, request, 'ws-message', () => Promise.resolve());
});

test('a page whose subscription kills ws-operation connects anew, and no tick is missing', async ({ page, request }) => {
  const ada = somebody();
  const grace = somebody(`Grace ${ada.email.slice(0, 8)}`);
  await register(request, ada);
  await register(request, grace);
  await signIn(page, ada);
  await page.getByRole('navigation').getByRole('link', { name: 'Shareholders' }).click();
  await page.getByRole('searchbox').fill(grace.name);
  const link = page.getByRole('row', { name: grace.name }).getByRole('link');
  await expect(link).toBeVisible();
  await survives(page, request, 'ws-operation', () => link.click());
  // What was being subscribed to comes, too.
  const price = page.getByRole('region', { name: 'Price' });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(grace.name);
  const before = await price.textContent();
  await expect(price).not.toHaveText(before!);
});
