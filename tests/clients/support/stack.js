// The stack under test, and people who use it. `make test-clients` starts one and says where it is.
import { randomUUID } from 'node:crypto';

const variable = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`make test-clients\``);
  return value;
};

export const GRAPHQL = `${variable('FASTFUSION_URL')}/api/v1/users/graphql`;
export const FEED = variable('FASTFUSION_WEBSOCKET_URL');
export const PASSWORD = 'correct horse battery staple';

/** For how long a test waits for what should happen, in milliseconds. */
export const PATIENCE = 45_000;

export const uniqueEmail = () => `${randomUUID()}@example.com`;

/** The data of an operation over HTTP, which must have no errors. */
export async function ask(query, variables = {}, token = undefined) {
  const authorization = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(GRAPHQL, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...authorization },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors, ...other } = await response.json();
  if (!data || errors) throw new Error(`${response.status} ${JSON.stringify(errors ?? other)}`);
  return data;
}

/** Registers somebody and logs them in. */
export async function newUser(name = 'Ada Lovelace') {
  const email = uniqueEmail();
  const { register } = await ask(
    'mutation($input: RegisterInput!) { register(input: $input) { id name openingPrice } }',
    { input: { name, email, password: PASSWORD } },
  );
  const { login } = await ask('mutation($input: LoginInput!) { login(input: $input) { accessToken } }', {
    input: { email, password: PASSWORD },
  });
  return { ...register, email, token: login.accessToken };
}

/** Fails with what was waited for if it does not come in time. */
export function inTime(promise, what, patience = PATIENCE) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: waited ${patience} ms for it`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
