import { expect, register, signIn, somebody, test } from './support/test';

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
