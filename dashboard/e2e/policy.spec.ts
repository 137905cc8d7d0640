import { expect, test } from './support/test';

// What every other test relies on.

test('what the Content-Security-Policy forbids is an offence', async ({ page, offences }) => {
  await page.goto('/sign-in');
  await page.evaluate(() => {
    document.head.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "injected"' }));
    document.head.append(Object.assign(document.createElement('style'), { textContent: 'body { display: none }' }));
    void fetch('https://example.com/').catch(() => undefined);
  });
  await expect.poll(() => offences.length).toBe(3);
  for (const directive of ['script-src', 'style-src', 'connect-src']) {
    expect(offences.filter((offence) => offence.startsWith(`Content-Security-Policy: ${directive}`))).toHaveLength(1);
  }
  await expect(page).toHaveTitle('Sign in · Fastfusion');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  offences.length = 0;
});

test('what a page throws is an offence', async ({ page, offences }) => {
  await page.goto('/sign-in');
  await page.evaluate(() => void setTimeout(() => { throw new Error('Nobody catches this.'); }));
  await page.evaluate(() => void Promise.reject(new Error('Nor this.')));
  await expect.poll(() => offences.length).toBe(2);
  expect(offences[0]).toContain('Nobody catches this.');
  expect(offences[1]).toContain('Nor this.');
  offences.length = 0;
});
