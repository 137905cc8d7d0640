import { CROWD, expect, register, signIn, somebody, test } from './support/test';

test('a shareholder is found by name, watched, and looked at', async ({ page, request }) => {
  const ada = somebody();
  const grace = somebody(`Grace ${ada.email.slice(0, 8)}`);
  await register(request, ada);
  await register(request, grace);
  await signIn(page, ada);
  await page.getByRole('navigation').getByRole('link', { name: 'Shareholders' }).click();
  await page.getByRole('searchbox').fill(grace.name.toLowerCase());
  const row = page.getByRole('row', { name: grace.name });
  await expect(row).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(2);

  // Its price moves in the list.
  const price = row.getByRole('cell').nth(3);
  const before = await price.textContent();
  await expect(price).not.toHaveText(before!);

  const star = row.getByRole('button', { name: `Watch ${grace.name}` });
  await star.click();
  await expect(star).toHaveAttribute('aria-pressed', 'true');
  await row.getByRole('link', { name: grace.name }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(grace.name);

  // The watchlist survives a reload.
  await page.goto('/');
  const watched = page.getByRole('region', { name: 'Watchlist' });
  await expect(watched.getByRole('link', { name: grace.name })).toBeVisible();
  await watched.getByRole('button', { name: `Watch ${grace.name}` }).click();
  await expect(watched.getByText('Nobody is on your watchlist')).toBeVisible();
});

test('nobody is found by a name that nobody has', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.getByRole('navigation').getByRole('link', { name: 'Shareholders' }).click();
  await page.getByRole('searchbox').fill('zzzzzz');
  await expect(page.getByText("Nobody's name begins with “zzzzzz”")).toBeVisible();
});

test('colours can be switched, and the choice survives a reload', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.getByRole('button', { name: /Account and appearance/ }).click();
  await page.getByLabel('Red up, green down').check();
  await page.getByLabel('Dark').check();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-convention', 'red-up');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('over a thousand shareholders are listed to the last one, a few rows at a time', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.getByRole('navigation').getByRole('link', { name: 'Shareholders' }).click();
  const table = page.getByRole('table', { name: 'Shareholders' });
  await expect(page.getByRole('row').nth(10)).toBeVisible();
  let most = 0;
  const scrolledToTheLast = async () => {
    await page.mouse.wheel(0, 4_000);
    most = Math.max(most, await page.getByRole('row').count());
    const last = await page.getByRole('row').last().getAttribute('aria-rowindex');
    return { listed: Number(await table.getAttribute('aria-rowcount')) > CROWD, isAtEnd: last === (await table.getAttribute('aria-rowcount')) };
  };
  await table.hover();
  await expect.poll(scrolledToTheLast, { timeout: 60_000 }).toEqual({ listed: true, isAtEnd: true });
  await expect(page.getByText(/^\d+ in the order of their names$/)).toBeAttached();
  expect(most).toBeLessThan(60);

  // Those at the end move as well, and are watched instead of those at the beginning.
  const price = page.getByRole('row').last().getByRole('cell').nth(3);
  const before = await price.textContent();
  await expect(price).not.toHaveText(before!);

  // The market goes beyond what a subscription to everybody's prices takes.
  await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
  const index = page.getByText(/^Index: the mean of 1,\d{3} shares$/);
  await expect(index).toBeVisible();
  for (const name of ['Gainers', 'Losers']) {
    const movers = page.getByRole('region', { name });
    await expect(movers.getByRole('listitem')).toHaveCount(10);
    await expect(movers).not.toContainText('…');
  }
  const mean = page.getByRole('region', { name: 'Market' }).locator('.text-3xl');
  const first = await mean.textContent();
  await expect(mean).not.toHaveText(first!);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('who registers is told, however long their names are, and can be dismissed', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  const messages = page.getByRole('dialog').filter({ hasText: /WWW.* registered/ });
  const told = messages.first();
  // Who registers with many others is one of "… and 3 others", and each message goes after five seconds.
  await expect(async () => {
    await register(request, somebody('W'.repeat(60)));
    await expect(told).toBeVisible({ timeout: 15_000 });
    expect(await told.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    // What is hidden from screen readers has no role.
    await told.getByRole('button', { name: 'Dismiss' }).click({ timeout: 2_000 });
  }).toPass();
  await expect(messages).toHaveCount(0);
});
