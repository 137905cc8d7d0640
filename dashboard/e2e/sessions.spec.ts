import { accessToken, expect, fillSignIn, isLive, register, signIn, somebody, test } from './support/test';
import { connectionStates, lastTick, nothingIsMissing, showContinuity, ticksAfter } from './support/ticks';
import { signedInBriefly } from './support/tokens';

test('a reload and a second tab stay signed in, and signing out ends both', async ({ page, context, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.reload();
  await isLive(page);

  const second = await context.newPage();
  await second.goto('/alerts');
  await isLive(second);
  await expect(second).toHaveTitle('Alerts · Fastfusion');
  await page.reload();
  await isLive(page);

  await page.getByRole('button', { name: /Account and appearance/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveTitle('Sign in · Fastfusion');
  await expect(second).toHaveTitle('Sign in · Fastfusion');
  await second.reload();
  await expect(second).toHaveTitle('Sign in · Fastfusion');
});

test('no token lies where scripts of other pages could read it', async ({ page, request, context }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  expect(stored).not.toContain('eyJ');
  expect(stored).not.toContain('refresh_token');
  expect(stored).not.toContain(ada.email);
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: 'refresh_token', httpOnly: true, sameSite: 'Strict' });
});

test('a session that another browser has ended leads back to where one was', async ({ page, elsewhere: other, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await signIn(other, ada);
  await other.getByRole('link', { name: 'Account' }).first().click();
  await other.getByRole('button', { name: 'End', exact: true }).click();
  await expect(other.getByRole('button', { name: 'End', exact: true })).toHaveCount(0);

  await page.goto('/snapshots');
  await expect(page).toHaveTitle('Sign in · Fastfusion');
  await fillSignIn(page, ada);
  await expect(page).toHaveTitle('Snapshots · Fastfusion');
});

test('a password is changed', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.getByRole('link', { name: 'Account' }).first().click();
  await page.getByLabel('Current password').fill('not the right one');
  await page.getByLabel('New password').fill('five quiet purple otters');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByLabel('Current password')).toHaveAccessibleDescription('The current password is wrong.');
  await page.getByLabel('Current password').fill(ada.password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  await page.reload();
  await isLive(page);
});

test('a token that the server no longer takes is renewed, and no tick is missing', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signedInBriefly(page, 8);
  await signIn(page, ada);
  await showContinuity(page);
  const states = await connectionStates(page);
  const renewal = page.waitForResponse('**/api/v1/users/refresh');
  expect((await renewal).status()).toBe(200);
  await expect.poll(async () => (await states()).at(-1)).toBe('live');
  await ticksAfter(page, await lastTick(page), 2);
  await nothingIsMissing(page);
  await expect(page).toHaveTitle('Overview · Fastfusion');
});

test('a computer that slept for an hour renews its token before it asks for anything', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await page.clock.install();
  await signIn(page, ada);
  await showContinuity(page);
  const renewal = page.waitForResponse('**/api/v1/users/refresh');
  await page.clock.fastForward('01:00:00');
  expect((await renewal).status()).toBe(200);
  await isLive(page);
  await ticksAfter(page, await lastTick(page), 2);
  await nothingIsMissing(page);
});

test('a session that ends while its page is open leads to the sign-in page, and back', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signedInBriefly(page, 12);
  await signIn(page, ada);
  await page.getByRole('link', { name: 'Alerts' }).click();
  await expect(page).toHaveTitle('Alerts · Fastfusion');
  const ended = await request.delete('/api/v1/users/sessions', { headers: { Authorization: `Bearer ${await accessToken(request, ada)}` } });
  expect(ended.ok()).toBe(true);

  await expect(page).toHaveTitle('Sign in · Fastfusion');
  await expect(page.getByRole('status')).toHaveText('Your session has ended. Sign in again, and you are back where you were.');
  await page.unroute('**/api/v1/users/login');
  await fillSignIn(page, ada);
  await expect(page).toHaveTitle('Alerts · Fastfusion');
  await isLive(page);
});
