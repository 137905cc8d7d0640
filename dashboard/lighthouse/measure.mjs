// What Lighthouse says about each page, on a phone and on a desktop: a table, and a failure where something is below its limit.
// A package of its own, as Lighthouse is half as large as all that the dashboard is built with.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';

import lighthouse, { desktopConfig } from 'lighthouse';
import puppeteer from 'puppeteer-core';

const LIMIT = 95;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
/** Times vary: the median of so many counts. */
const RUNS = Number(process.env.RUNS ?? 3);
const PAGES = ['/', '/shareholders', '/shareholders/$id', '/chart', '/alerts', '/account', '/snapshots'];
const CONFIGS = { phone: undefined, desktop: desktopConfig };

const base = process.env.BASE_URL;
if (!base) throw new Error('BASE_URL is not set: say where the dashboard is served, with the API behind it, such as BASE_URL=http://127.0.0.1:8001');
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
if (!executablePath) throw new Error('There is no Chromium: on Debian run `apt-get install chromium`, or say in CHROMIUM where it is.');

const ada = { name: 'Ada Lovelace', email: `${randomUUID()}@example.com`, password: 'correct horse battery staple' };

async function register() {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${base}/api/v1/users/register`, { method: 'POST', headers, body: JSON.stringify(ada) });
  if (!answer.ok) throw new Error(`Nobody could be registered: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).id;
}

async function signIn(page) {
  await page.goto(`${base}/sign-in`);
  await page.type('input[type=email]', ada.email);
  await page.type('input[type=password]', ada.password);
  await page.click('button[type=submit]');
  await page.waitForSelector('[data-connection=live]');
}

/** The scores of a page in percent, as on a first visit. What is stored stays, but for the cache: else one would be signed out. */
async function scoresOf(page, path, config) {
  const devtools = await page.createCDPSession();
  await devtools.send('Network.clearBrowserCache');
  await devtools.detach();
  const { lhr } = await lighthouse(`${base}${path}`, { disableStorageReset: true, onlyCategories: CATEGORIES, logLevel: 'error' }, config, page);
  if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
  const failed = CATEGORIES.flatMap((category) =>
    lhr.categories[category].auditRefs.filter(({ id, weight }) => weight > 0 && category !== 'performance' && lhr.audits[id].score === 0).map(({ id }) => id),
  );
  const timing = (id) => Math.round(lhr.audits[id].numericValue);
  return {
    scores: CATEGORIES.map((category) => Math.round(lhr.categories[category].score * 100)),
    detail: `FCP ${timing('first-contentful-paint')} LCP ${timing('largest-contentful-paint')} TBT ${timing('total-blocking-time')} CLS ${lhr.audits['cumulative-layout-shift'].displayValue} SI ${timing('speed-index')}`,
    failed,
  };
}

async function measured(page, path, config) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await scoresOf(page, path, config));
  return runs.toSorted((a, b) => a.scores[0] - b.scores[0])[Math.floor(RUNS / 2)];
}

const id = await register();
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
let isBelow = false;
console.log(`${'page'.padEnd(24)} ${''.padEnd(8)} performance, accessibility, best practices`);
for (const [screen, config] of Object.entries(CONFIGS)) {
  const browser = await puppeteer.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    const report = async (name, path) => {
      const { scores, detail, failed } = await measured(page, path, config);
      isBelow ||= scores.some((score) => score < LIMIT);
      console.log(`${name.padEnd(24)} ${screen.padEnd(8)} ${scores.join(', ').padEnd(15)} ${detail} ${failed.join(' ')}`);
    };
    await report('/sign-in', '/sign-in');
    await report('/sign-up', '/sign-up');
    await signIn(page);
    for (const path of PAGES) await report(path, path.replace('$id', id));
  } finally {
    await browser.close();
  }
}
if (isBelow) {
  console.error(`Something is below ${LIMIT}.`);
  process.exit(1);
}
