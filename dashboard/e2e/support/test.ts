import { randomUUID } from 'node:crypto';

import { type APIRequestContext, expect, type Page, test as base } from '@playwright/test';

export interface Person {
  name: string;
  email: string;
  password: string;
}

export const somebody = (name = 'Ada Lovelace'): Person => ({ name, email: `${randomUUID()}@example.com`, password: 'correct horse battery staple' });

export async function register(request: APIRequestContext, person: Person): Promise<void> {
  const { name, email, password } = person;
  const answer = await request.post('/api/v1/users/register', { data: { name, email, password } });
  expect(answer.status()).toBe(201);
}

/** Signs in by the form and waits until prices come live. */
export async function signIn(page: Page, { email, password }: Person, base = ''): Promise<void> {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await isLive(page);
}

export const connection = (page: Page) => page.locator('[data-connection]');
export const isLive = (page: Page) => expect(connection(page)).toHaveAttribute('data-connection', 'live');
export const ownPrice = (page: Page) => page.locator('[data-own-price]');

/** What a page must not do, whatever is tested: break the Content-Security-Policy, or throw. */
export const test = base.extend<{ offences: string[] }>({
  offences: [
    async ({ context }, use) => {
      const offences: string[] = [];
      await context.exposeBinding('reportOffence', (_, offence: string) => void offences.push(offence));
      await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile }) => {
          const report = (window as unknown as { reportOffence: (offence: string) => void }).reportOffence;
          report(`Content-Security-Policy: ${effectiveDirective} forbids ${blockedURI} (${sourceFile})`);
        });
      });
      context.on('weberror', (error) => offences.push(describe(error.error())));
      await use(offences);
      expect(offences).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Not everything that is thrown has a stack. */
const describe = ({ name, message, stack }: Error) => stack || `${name}: ${message}`;
