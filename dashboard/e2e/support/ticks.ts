import type { Page } from '@playwright/test';

import { connection, expect } from './test';

const TICK_MS = 5_000;

const count = (page: Page) => page.locator('[data-first-tick]');
const tickOf = (milliseconds: number) => Math.floor(milliseconds / TICK_MS);

/** Opens the panel under the state of the connection, which says what has come and what is missing. */
export async function showContinuity(page: Page): Promise<void> {
  await connection(page).click();
  await expect(count(page)).toBeVisible();
}

export const lastTick = async (page: Page) => Number(await count(page).getAttribute('data-last-tick'));

/** Waits until so many more ticks than this one have come to the page. */
export const ticksAfter = (page: Page, tick: number, more: number) => expect.poll(() => lastTick(page), { timeout: 60_000 }).toBeGreaterThanOrEqual(tick + more);

/** Waits until more than so many ticks have gone by, whether they came to anybody or not; gives the one it began with. */
export async function ticksGoBy(more: number): Promise<number> {
  const begin = tickOf(Date.now());
  await expect.poll(() => tickOf(Date.now()), { timeout: 60_000 }).toBeGreaterThan(begin + more);
  return begin;
}

/** Every tick from the first to the last has its price. */
export async function nothingIsMissing(page: Page): Promise<void> {
  await expect(page.locator('[data-missing]')).toHaveAttribute('data-missing', '0');
  const first = Number(await count(page).getAttribute('data-first-tick'));
  const [last, ticks] = await count(page).evaluate((element) => [Number((element as HTMLElement).dataset.lastTick), Number(element.textContent)] as const);
  expect(ticks).toBe(last - first + 1);
}

/** Has the page write down each state of its connection from now on, also those that last for a moment. */
export async function connectionStates(page: Page): Promise<() => Promise<string[]>> {
  const badge = await connection(page).elementHandle();
  const states = await badge!.evaluateHandle((element) => {
    const seen = [element.getAttribute('data-connection') ?? ''];
    const note = () => {
      const state = element.getAttribute('data-connection') ?? '';
      if (seen.at(-1) !== state) seen.push(state);
    };
    new MutationObserver(note).observe(element, { attributeFilter: ['data-connection'] });
    return seen;
  });
  return () => states.jsonValue();
}
