import { expect, isLive, register, signIn, somebody, test } from './support/test';

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

test('a session that another browser has ended leads back to where one was', async ({ page, browser, request, baseURL }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  const elsewhere = await browser.newContext({ baseURL: baseURL! });
  const other = await elsewhere.newPage();
  await signIn(other, ada);
  await other.getByRole('link', { name: 'Account' }).first().click();
  await other.getByRole('button', { name: 'End', exact: true }).click();
  await expect(other.getByRole('button', { name: 'End', exact: true })).toHaveCount(0);

  await page.goto('/snapshots');
  await expect(page).toHaveTitle('Sign in · Fastfusion');
  await page.getByLabel('Email address').fill(ada.email);
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveTitle('Snapshots · Fastfusion');
  await elsewhere.close();
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
