// What people do with Apollo Client.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition, relayStylePagination } from '@apollo/client/utilities';
import WebSocket from 'ws';

import { assertConsecutive, clientOf } from './support/client.js';
import { GRAPHQL, PASSWORD, inTime, newUser, uniqueEmail } from './support/stack.js';

// GraphQLWsLink compares with the browser's, which Node.js has from version 22 on.
globalThis.WebSocket ??= WebSocket;

function cache() {
  return new InMemoryCache({ typePolicies: { Query: { fields: { users: relayStylePagination(['search']) } } } });
}

/** A client over HTTP, with the count of its requests. */
function overHttp(token = undefined) {
  const requests = { count: 0 };
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const counted = (...request) => {
    requests.count += 1;
    return fetch(...request);
  };
  const link = new HttpLink({ uri: GRAPHQL, headers, fetch: counted });
  return { client: new ApolloClient({ link, cache: cache() }), link, requests };
}

/** The codes of the errors that an operation fails with. */
async function codesOf(operation) {
  const error = await operation.then(
    () => assert.fail('it succeeded'),
    (error) => error,
  );
  assert.ok(CombinedGraphQLErrors.is(error), `${error}`);
  return error.errors.map(({ extensions }) => extensions.code);
}

/** What a watched query shows when it has its first result. The query is watched on. */
function firstOf(watched) {
  return new Promise((resolve, reject) => {
    watched.subscribe({ next: (result) => result.loading || resolve(result), error: reject });
  });
}

describe('Apollo Client over HTTP', { concurrency: true, timeout: 120_000 }, () => {
  let ada;
  before(async () => {
    ada = await newUser();
  });

  it('registers, logs in, and reads the profile', async () => {
    const { client } = overHttp();
    const email = uniqueEmail();
    const REGISTER = gql`mutation($input: RegisterInput!) { register(input: $input) { id email openingPrice } }`;
    const registered = await client.mutate({
      mutation: REGISTER,
      variables: { input: { name: 'Grace Hopper', email, password: PASSWORD } },
    });
    assert.equal(registered.data.register.email, email);
    const LOGIN = gql`mutation($input: LoginInput!) { login(input: $input) { accessToken expiresIn } }`;
    const { data } = await client.mutate({ mutation: LOGIN, variables: { input: { email, password: PASSWORD } } });
    assert.equal(data.login.expiresIn, 3600);
    const { client: known, requests } = overHttp(data.login.accessToken);
    const ME = gql`{ me { id name openingPrice } }`;
    const { data: { me } } = await known.query({ query: ME });
    const { id, openingPrice } = registered.data.register;
    assert.deepEqual(me, { __typename: 'User', id, name: 'Grace Hopper', openingPrice });
    await known.query({ query: ME });
    assert.equal(requests.count, 1, 'the second answer is in the cache');
  });

  it('shows a change wherever the cache has it', async () => {
    const { client } = overHttp((await newUser()).token);
    const ME = gql`{ me { id name } }`;
    await client.query({ query: ME });
    await client.mutate({ mutation: gql`mutation { updateMe(input: { name: "Ada King" }) { id name } }` });
    assert.equal(client.readQuery({ query: ME }).me.name, 'Ada King');
  });

  it('pages through users, and keeps the pages together', async () => {
    const name = `Page ${uniqueEmail().slice(0, 8)}`;
    const people = [];
    for (const number of [1, 2, 3, 4, 5]) people.push(await newUser(`${name} ${number}`));
    const { client, requests } = overHttp(ada.token);
    const USERS = gql`query($after: String, $search: String) {
      users(first: 2, after: $after, search: $search) {
        edges { cursor node { id name } }
        pageInfo { hasNextPage endCursor }
      }
    }`;
    const users = client.watchQuery({ query: USERS, variables: { search: name } });
    let { data } = await inTime(firstOf(users), 'the first page');
    let pages = 1;
    while (data.users.pageInfo.hasNextPage && pages < people.length) {
      ({ data } = await users.fetchMore({ variables: { after: data.users.pageInfo.endCursor } }));
      pages += 1;
    }
    assert.deepEqual([pages, requests.count], [3, 3]);
    const kept = client.readQuery({ query: USERS, variables: { search: name } });
    assert.deepEqual(kept.users.edges.map(({ node }) => node.id), people.map(({ id }) => id));
    assert.equal(requests.count, 3);
  });

  it('fails with the code of each error', async () => {
    const nobody = overHttp().client;
    assert.deepEqual(await codesOf(nobody.query({ query: gql`{ me { id } }` })), ['UNAUTHENTICATED']);
    assert.deepEqual(await codesOf(nobody.query({ query: gql`{ nothing }` })), ['GRAPHQL_VALIDATION_FAILED']);
    const LOGIN = gql`mutation($input: LoginInput!) { login(input: $input) { accessToken } }`;
    const input = { email: ada.email, password: 'not the password' };
    assert.deepEqual(await codesOf(nobody.mutate({ mutation: LOGIN, variables: { input } })), ['INVALID_CREDENTIALS']);
    const REGISTER = gql`mutation($input: RegisterInput!) { register(input: $input) { id } }`;
    const taken = { name: 'Ada', email: ada.email, password: PASSWORD };
    assert.deepEqual(await codesOf(nobody.mutate({ mutation: REGISTER, variables: { input: taken } })), ['EMAIL_TAKEN']);
  });

  it('shows what could be had beside the errors where it is told to', async () => {
    const grace = await newUser('Grace Hopper');
    const USER = gql`query($id: ID!) { user(id: $id) { id name email } }`;
    const { client } = overHttp(ada.token);
    const query = { query: USER, variables: { id: grace.id }, errorPolicy: 'all' };
    const { data, error } = await client.query(query);
    assert.deepEqual([data.user.name, data.user.email], ['Grace Hopper', null]);
    assert.equal(error.errors[0].extensions.code, 'FORBIDDEN');
  });
});

describe('Apollo Client with GraphQLWsLink', { concurrency: true, timeout: 120_000 }, () => {
  let ada;
  before(async () => {
    ada = await newUser();
  });

  /** Subscriptions over the WebSocket, everything else over HTTP. */
  function split(t) {
    const { link } = overHttp(ada.token);
    const isSubscription = ({ query }) => getMainDefinition(query).operation === 'subscription';
    const socket = new GraphQLWsLink(clientOf(t, ada));
    return new ApolloClient({ link: ApolloLink.split(isSubscription, socket, link), cache: cache() });
  }

  it('gets live prices', async (t) => {
    const client = split(t);
    const PRICES = gql`subscription($users: [ID!]) {
      onPriceUpdate(userIds: $users) { tick prices { userId price } }
    }`;
    const updates = [];
    const three = new Promise((resolve, reject) => {
      const prices = client.subscribe({ query: PRICES, variables: { users: [ada.id] } });
      const subscription = prices.subscribe({
        next: ({ data, error }) => {
          if (error) return reject(error);
          updates.push(data.onPriceUpdate);
          if (updates.length === 3) {
            subscription.unsubscribe();
            resolve();
          }
        },
        error: reject,
      });
    });
    const { data } = await client.query({ query: gql`{ me { id } }` });
    assert.equal(data.me.id, ada.id);
    await inTime(three, 'three updates');
    assertConsecutive(updates);
    assert.equal(updates[2].prices[0].userId, ada.id);
  });

  it('is told why a subscription can not be had', async (t) => {
    const client = split(t);
    const failed = new Promise((resolve) => {
      client.subscribe({ query: gql`subscription { nothing }` }).subscribe({
        next: ({ error }) => resolve(error),
        error: resolve,
      });
    });
    const error = await inTime(failed, 'the error');
    assert.ok(CombinedGraphQLErrors.is(error), `${error}`);
    assert.equal(error.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  });
});
