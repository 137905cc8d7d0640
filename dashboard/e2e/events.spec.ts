import { expect, register, signIn, somebody, test } from './support/test';

const record = (offset: number, name: string) =>
  `data: ${JSON.stringify({ topic: 'users', partition: 2, offset, timestamp_ms: Date.now() - 3_000, key: `key-${offset}`, value: JSON.stringify({ name }) })}\n\n`;

const topic = (name: string, high: number) => ({ name, partitions: [{ id: 0, low: 0, high }, { id: 1, low: high, high: high + 1 }] });

test('the records of a topic are watched, filtered and paused', async ({ page, request }) => {
  await page.route('**/_emulator/topics', (route) => route.fulfill({ json: { topics: [topic('letters', 0), topic('prices', 1), topic('users', 3)] } }));
  await page.route('**/_emulator/topics/*/records', (route) => {
    const isUsers = route.request().url().includes('/users/');
    const body = isUsers ? `${record(1, 'Grace')}${record(2, 'Linus')}event: dropped\ndata: {"count":5}\n\nretry: 600000\n\n` : 'retry: 600000\n\n';
    return route.fulfill({ contentType: 'text/event-stream', body });
  });
  const ada = somebody();
  await register(request, ada);
  await signIn(page, ada);
  await page.getByRole('navigation').getByRole('link', { name: 'Events' }).click();
  await expect(page.getByLabel('Topic')).toHaveValue('users');
  const rows = page.getByRole('table').getByRole('row');
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText('Linus');
  await expect(page.getByText(/5 left out/)).toBeVisible();
  await page.getByLabel('Filter by key or value').fill('grace');
  await expect(rows).toHaveCount(2);
  await page.screenshot({ path: 'screenshots/events-desktop-light.png' });
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('button', { name: 'Go on' })).toBeVisible();
});
