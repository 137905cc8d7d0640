// What the page itself asks of the API, and where it keeps the token: for as long as the tab is open, never in a URL.

const KEY = 'fastfusion:token';

export const URL = window.location.pathname;

export const rememberedToken = () => window.sessionStorage.getItem(KEY);
export const rememberToken = (token) => window.sessionStorage.setItem(KEY, token);
export const forgetToken = () => window.sessionStorage.removeItem(KEY);

export const authorization = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

/** The data of an operation. Throws the message of its first error, or why there is no answer. */
async function ask(query, variables, token) {
  const response = await fetch(URL, {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json',
      'Content-Type': 'application/json',
      ...authorization(token),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json().catch(() => {
    throw new Error(`The server answered with status ${response.status}.`);
  });
  if (errors) throw new Error(errors[0].message);
  return data;
}

/** An access token for an email address and a password. */
export async function tokenOf(email, password) {
  const query = 'mutation LogIn($input: LoginInput!) { login(input: $input) { accessToken } }';
  const { login } = await ask(query, { input: { email, password } });
  return login.accessToken;
}

/** The name of the user whom a token belongs to. */
export async function nameOf(token) {
  const { me } = await ask('query Who { me { name } }', {}, token);
  return me.name;
}
