import { type APIRequestContext } from '@playwright/test';

import { expect } from './test';

interface FunctionStatus {
  name: string;
  crashes: number;
}

/** Kills the processes of a function now. */
export async function killFunction(request: APIRequestContext, name: string): Promise<void> {
  expect((await request.post(`/_emulator/functions/${name}/kill`)).status()).toBe(200);
}

/** Kills the process of a function that answers next: what it did is done, but nobody hears of it. */
export async function killAtAnswer(request: APIRequestContext, name: string): Promise<void> {
  expect((await request.post(`/_emulator/functions/${name}/kill-at-answer`)).status()).toBe(200);
}

/** How often a process of the function has ended with work in its hands. */
export async function crashesOf(request: APIRequestContext, name: string): Promise<number> {
  const status = (await (await request.get('/_emulator?format=json')).json()) as { functions: FunctionStatus[] };
  const found = status.functions.find((one) => one.name === name);
  if (!found) throw new Error(`The emulator knows no function ${name}.`);
  return found.crashes;
}
