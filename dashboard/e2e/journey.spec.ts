import { expect, isLive, ownPrice, register, signIn, somebody, test } from './support/test';

test('from signing up to a live price, a snapshot and an alert', async ({ page }) => {
  const ada = somebody();
  await page.goto('/');
  await expect(page).toHaveTitle('Sign in · Fastfusion');
  await page.getByRole('link', { name: 'Sign up' }).click();

  await page.getByLabel('Name').fill(ada.name);
  await page.getByLabel('Email address').fill(ada.email);
  await page.getByLabel('Password').fill('too short');
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect(page.getByText('A password has at least 12 characters.')).toBeVisible();
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Sign up' }).click();

  await isLive(page);
  await expect(page).toHaveTitle('Overview · Fastfusion');
  await expect(ownPrice(page)).toHaveText(/^[\d,]+\.\d\d$/);
  const first = await ownPrice(page).textContent();
  await expect(ownPrice(page)).not.toHaveText(first!);

  // Twice in a moment is once.
  await page.getByRole('button', { name: 'Save a snapshot' }).dblclick();
  await expect(page.getByText(/^Snapshot saved at/)).toHaveCount(1);
  await page.getByRole('link', { name: 'Snapshots' }).click();
  await expect(page.locator('[data-snapshot=SAVED]')).toHaveCount(1);
  await expect(page.locator('[data-snapshot=PENDING]')).toHaveCount(0);
  await page.getByRole('button', { name: 'Save a snapshot' }).click();
  await expect(page.locator('[data-snapshot=SAVED]')).toHaveCount(2);

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  const lines = (await (await download.createReadStream()).toArray()).join('').trim().split('\r\n');
  expect(lines[0]).toBe('id,tick,requested_at,saved_at,price');
  expect(lines).toHaveLength(3);

  await page.getByRole('link', { name: 'Alerts' }).click();
  await page.getByLabel('Price').fill('1,000,000');
  await page.getByRole('button', { name: 'Arm the alert' }).click();
  await expect(page.locator('[data-alert=ARMED]')).toContainText('rises to 1,000,000.00');
  await page.getByRole('button', { name: 'Delete: rises to 1,000,000.00' }).click();
  await expect(page.getByText('No alerts yet')).toBeVisible();
});

test('an alert that fires is told, and can be armed again', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.getByRole('link', { name: 'Alerts' }).click();
  const hint = page.getByText(/^Now it is at/);
  const before = await hint.textContent();
  await expect(hint).not.toHaveText(before!);
  // A price has just come: whichever way the next one goes, it crosses one of them.
  const cents = Math.round(Number(/[\d,]+\.\d\d/.exec((await hint.textContent())!)![0].replaceAll(',', '')) * 100);
  for (const [way, threshold] of [['rises to', cents + 1], ['falls to', cents - 1]] as const) {
    await page.getByText(way, { exact: true }).click();
    await page.getByLabel('Price').fill((threshold / 100).toFixed(2));
    await page.getByRole('button', { name: 'Arm the alert' }).click();
    await expect(page.locator('[data-alert]', { hasText: way })).toBeVisible();
  }
  await expect(page.getByText(/^Your price has (risen|fallen) to/).first()).toBeVisible({ timeout: 90_000 });
  await expect(page.locator('[data-alert=FIRED]').first()).toBeVisible({ timeout: 60_000 });
  const rearm = page.getByRole('button', { name: /^Arm again/, disabled: false }).first();
  const label = (await rearm.getAttribute('aria-label'))!;
  await rearm.click();
  await expect(page.getByRole('button', { name: label })).toHaveCount(0);
});

test('an email address that is taken is told beside its field', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await page.goto('/sign-up');
  await page.getByLabel('Name').fill(ada.name);
  await page.getByLabel('Email address').fill(ada.email);
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect(page.getByLabel('Email address')).toHaveAccessibleDescription('The email address is already registered.');
});

test('an account is deleted only after the phrase is typed', async ({ page, request }) => {
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.getByRole('link', { name: 'Account' }).first().click();
  await page.getByRole('button', { name: 'Delete the account…' }).click();
  const remove = page.getByRole('button', { name: 'Delete it for good' });
  await expect(remove).toBeDisabled();
  await page.getByLabel(/^Type “delete my account”/).fill('delete my account');
  await remove.click();
  await expect(page.getByText('Your account is deleted.')).toBeVisible();
  await page.getByLabel('Email address').fill(ada.email);
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('wrong');
});
