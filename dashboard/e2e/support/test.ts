import { randomUUID } from 'node:crypto';

import { type APIRequestContext, type BrowserContext, expect, type Page, test as base } from '@playwright/test';

export interface Person {
  name: string;
  email: string;
  password: string;
}

/** Shareholders that are there from the start: more than a subscription to everybody takes (`make test-dashboard`). */
export const CROWD = 1_200;

export const somebody = (name = 'Ada Lovelace'): Person => ({ name, email: `${randomUUID()}@example.com`, password: 'correct horse battery staple' });

export async function register(request: APIRequestContext, person: Person): Promise<void> {
  const { name, email, password } = person;
  const answer = await request.post('/api/v1/users/register', { data: { name, email, password } });
  expect(answer.status()).toBe(201);
}

/** A token of theirs without a session, as programs have it. */
export async function accessToken(request: APIRequestContext, { email, password }: Person): Promise<string> {
  const answer = await request.post('/api/v1/users/login', { data: { email, password } });
  expect(answer.status()).toBe(200);
  return ((await answer.json()) as { access_token: string }).access_token;
}

export async function fillSignIn(page: Page, { email, password }: Person): Promise<void> {
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Signs in by the form and waits until prices come live. */
export async function signIn(page: Page, person: Person, base = ''): Promise<void> {
  await page.goto(`${base}/sign-in`);
  await fillSignIn(page, person);
  await isLive(page);
}

export const connection = (page: Page) => page.locator('[data-connection]');
export const isLive = (page: Page) => expect(connection(page)).toHaveAttribute('data-connection', 'live');
export const ownPrice = (page: Page) => page.locator('[data-own-price]');

async function noteOffences(context: BrowserContext, offences: string[]): Promise<void> {
  await context.exposeBinding('reportOffence', (_, offence: string) => void offences.push(offence));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) => {
      const report = (window as unknown as { reportOffence: (offence: string) => void }).reportOffence;
      report(`Content-Security-Policy: ${effectiveDirective} forbids ${blockedURI} (${sourceFile})`);
    });
  });
  context.on('weberror', (error) => offences.push(describe(error.error())));
}

interface Fixtures {
  /** What a page must not do, whatever is tested: break the Content-Security-Policy, or throw. A test fails if there is any. */
  offences: string[];
  /** A page of another browser, which knows nothing of the first one's session. */
  elsewhere: Page;
}

export const test = base.extend<Fixtures>({
  elsewhere: async ({ browser, baseURL, offences }, provide) => {
    const context = await browser.newContext({ baseURL: baseURL! });
    await noteOffences(context, offences);
    await provide(await context.newPage());
    await context.close();
  },
  offences: [
    async ({ context }, use) => {
      const offences: string[] = [];
      await noteOffences(context, offences);
      await use(offences);
      expect(offences).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Not everything that is thrown has a stack. */
const describe = ({ name, message, stack }: Error) => stack || `${name}: ${message}`;
