import { createPrivateKey, hkdfSync, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

interface Claims {
  iat: number;
  exp: number;
  jti: string;
}

/** What comes before the seed of an Ed25519 key in PKCS #8 (RFC 8410). */
const ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;

/** The same token, signed with the stack's own key, but one that ends in so many seconds. */
function endingSoon(token: string, seconds: number): string {
  const directory = process.env.FASTFUSION_DATA_DIR;
  if (!directory) throw new Error('FASTFUSION_DATA_DIR is not set: run these tests with `make test-dashboard`');
  const keys = JSON.parse(readFileSync(join(directory, 'secrets', 'TokenSecret'), 'utf8')) as Record<string, string>;
  const seed = Buffer.from(hkdfSync('sha256', keys[keys.active!]!, 'fastfusion', 'access token, Ed25519, v1', 32));
  const key = createPrivateKey({ key: Buffer.concat([ED25519, seed]), format: 'der', type: 'pkcs8' });
  const [header = '', claims = ''] = token.split('.');
  const now = Math.floor(Date.now() / 1_000);
  const content = `${header}.${encoded({ ...(decoded(claims) as Claims), iat: now, exp: now + seconds, jti: randomUUID() })}`;
  return `${content}.${sign(null, Buffer.from(content), key).toString('base64url')}`;
}

/** Whoever signs in on this page gets a token that ends in so many seconds, and is told that it lasts for an hour. */
export async function signedInBriefly(page: Page, seconds: number): Promise<void> {
  await page.route('**/api/v1/users/login', async (route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as { access_token: string };
    await route.fulfill({ response, json: { ...answer, access_token: endingSoon(answer.access_token, seconds) } });
  });
}
