import { expect, register, signIn, somebody, test } from './support/test';

test('all shareholders are listed by name', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  // They come before everybody else's, whoever has registered meanwhile.
  const suffix = ada.email.slice(0, 8);
  const names = ['!C', '!a', '!B'].map((name) => `${name} ${suffix}`);
  for (const name of names) await register(request, somebody(name));
  await signIn(page, ada);
  await page.getByRole('navigation').getByRole('link', { name: 'Shareholders' }).click();
  const links = page.getByRole('row').getByRole('link', { name: suffix });
  await expect(links).toHaveText(['!a', '!B', '!C'].map((name) => `${name} ${suffix}`));
});

test("somebody else's share has its last hour and its candles", async ({ page, request }) => {
  const ada = somebody();
  const grace = somebody(`Grace ${ada.email.slice(0, 8)}`);
  await register(request, ada);
  await register(request, grace);
  await signIn(page, ada);
  await page.getByRole('navigation').getByRole('link', { name: 'Shareholders' }).click();
  await page.getByRole('searchbox').fill(grace.name);
  await page.getByRole('link', { name: grace.name }).click();
  await expect(page.getByText(/^Low [\d,.]+ · High [\d,.]+$/)).toBeVisible();
  const candles = page.getByRole('img', { name: `Candles of ${grace.name}` });
  await expect(candles).toBeVisible();
  // They go on live.
  const label = (await candles.getAttribute('aria-label'))!;
  await expect(candles).not.toHaveAttribute('aria-label', label);
});
