import type { APIRequestContext, Browser, Page } from '@playwright/test';

import { accessToken, expect, isLive, type Person, register, signIn, somebody, test } from '../e2e/support/test';
import { CATEGORIES, type Measured, measure, percentile } from './frames';
import { Heap } from './heap';

/** How long the page with all prices is watched. */
const MINUTES = Number(process.env.BENCH_MINUTES ?? 60);
if (!(MINUTES > 0)) throw new Error(`BENCH_MINUTES is "${process.env.BENCH_MINUTES}": say how many minutes, such as BENCH_MINUTES=10`);
const OTHERS_MINUTES = Math.min(2, MINUTES);

/** The stack has so many shareholders, beside whoever looks (`make bench-dashboard`). */
const SHAREHOLDERS = 1_000;
const WATCHED = 100;
const TRACE_SECONDS = 20;
/** Of a mouse's wheel. */
const NOTCH = 120;
const SCREEN = { width: 1280, height: 800 };
/** So high that a row of each shareholder is in view. */
const WALL = { width: 1280, height: 44 * SHAREHOLDERS + 1_000 };

const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
const minutesSince = (start: number) => (Date.now() - start) / 60_000;

async function someIds(request: APIRequestContext, person: Person): Promise<string[]> {
  const headers = { Authorization: `Bearer ${await accessToken(request, person)}` };
  const answer = await request.post('/api/v1/users/graphql', { headers, data: { query: `{ users(first: ${WATCHED}) { nodes { id } } }` } });
  const { data } = (await answer.json()) as { data: { users: { nodes: { id: string }[] } } };
  return data.users.nodes.map(({ id }) => id);
}

/** Each row has had a price that came live. */
async function everythingMoves(page: Page, prices: number): Promise<void> {
  const shown = () => page.evaluate(() => [...document.querySelectorAll('[data-live-price]')].map(({ textContent }) => textContent));
  await expect.poll(async () => (await shown()).length, { timeout: 120_000 }).toBeGreaterThanOrEqual(prices);
  const before = await shown();
  await expect.poll(async () => (await shown()).filter((price, index) => price !== before[index]).length, { timeout: 120_000 }).toBeGreaterThan(prices * 0.9);
}

interface Result extends Measured {
  what: string;
  minutes: number;
  heap: Heap;
}

/** Traces the page, piece by piece, and looks at its heap in between. `stir` is done to it meanwhile. */
async function watch(browser: Browser, page: Page, what: string, minutes: number, stir = wait): Promise<Result> {
  const heap = await Heap.of(page);
  const origin = new URL(page.url()).origin;
  const result: Result = { what, minutes, heap, frames: [], longestTask: 0, longestTaskCpu: 0 };
  const start = Date.now();
  await heap.note(0);
  while (minutesSince(start) < minutes) {
    await browser.startTracing(page, { categories: CATEGORIES });
    await stir(TRACE_SECONDS);
    const { frames, longestTask, longestTaskCpu } = measure(await browser.stopTracing(), origin);
    result.frames = result.frames.concat(frames);
    result.longestTask = Math.max(result.longestTask, longestTask);
    result.longestTaskCpu = Math.max(result.longestTaskCpu, longestTaskCpu);
    await heap.note(minutesSince(start));
  }
  return result;
}

function report({ what, minutes, frames, longestTask, longestTaskCpu, heap }: Result): void {
  const [elapsed, cpu] = [frames.map((frame) => frame.elapsed), frames.map((frame) => frame.cpu)];
  const row = (values: readonly number[], task: number) =>
    [percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1), task].map((value) => `${value.toFixed(1)} ms`).join(' | ');
  console.log(`
${what}, ${minutes} minutes, ${frames.length} frames with work

| | script, style and layout of a frame, p50 | p99 | max | longest task |
|---|---:|---:|---:|---:|
| elapsed | ${row(elapsed, longestTask)} |
| of the processor | ${row(cpu, longestTaskCpu)} |

${heap.table()}`);
}

test('the dashboard while everybody moves', async ({ browser, page, request }) => {
  const ada = somebody();
  await register(request, ada);
  const ids = await someIds(request, ada);
  await page.setViewportSize(SCREEN);
  await page.goto('/sign-in');
  await page.evaluate((watched) => localStorage.setItem('fastfusion-watchlist', JSON.stringify(watched)), ids);
  await signIn(page, ada);

  await everythingMoves(page, WATCHED);
  report(await watch(browser, page, `The overview with ${WATCHED} shareholders on the watchlist`, OTHERS_MINUTES));

  await page.getByRole('navigation').getByRole('link', { name: 'Shareholders' }).click();
  await page.setViewportSize(WALL);
  const rows = page.getByRole('row');
  await expect.poll(() => rows.count(), { timeout: 300_000 }).toBeGreaterThan(SHAREHOLDERS);

  await page.setViewportSize(SCREEN);
  await expect.poll(() => rows.count()).toBeLessThan(60);
  await page.getByRole('table').hover();
  const scroll = async (seconds: number) => {
    const start = Date.now();
    for (let notch = 0; Date.now() - start < seconds * 1_000; notch += 1) {
      await page.mouse.wheel(0, Math.floor(notch / 100) % 2 ? -NOTCH : NOTCH);
      await wait(0.1);
    }
  };
  report(await watch(browser, page, `The list of ${SHAREHOLDERS} shareholders while it is scrolled`, OTHERS_MINUTES, scroll));

  await page.setViewportSize(WALL);
  await everythingMoves(page, SHAREHOLDERS);
  report(await watch(browser, page, `The list with all ${SHAREHOLDERS} rows in view`, MINUTES));
  await isLive(page);
});
