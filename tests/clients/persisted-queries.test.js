// Clients that would rather send the hash of a document find out that they have to send the document.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, it } from 'node:test';

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

import { GRAPHQL, newUser } from './support/stack.js';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** A `fetch` of a user that notes the method and the status of each request, and whether it held a document. */
function noted(user) {
  const requests = [];
  const send = async (url, options) => {
    const headers = { ...options.headers, Authorization: `Bearer ${user.token}` };
    const response = await fetch(url, { ...options, headers });
    const asked = options.body ?? new URL(url).search;
    const hasDocument = /"query"|[?&]query=/.test(asked);
    requests.push([options.method, hasDocument, response.status]);
    return response;
  };
  return { send, requests };
}

describe('a persisted query', { concurrency: true, timeout: 120_000 }, () => {
  let ada;
  before(async () => {
    ada = await newUser();
  });

  for (const useGETForHashedQueries of [false, true]) {
    it(`falls back to the document with Apollo Client, by ${useGETForHashedQueries ? 'GET' : 'POST'}`, async () => {
      const { send, requests } = noted(ada);
      const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries });
      const link = persisted.concat(new HttpLink({ uri: GRAPHQL, fetch: send }));
      const client = new ApolloClient({ link, cache: new InMemoryCache() });
      const { data: first } = await client.query({ query: gql`{ me { id } }` });
      assert.equal(first.me.id, ada.id);
      const { data: second } = await client.query({ query: gql`query($id: ID!) { user(id: $id) { id name } }`, variables: { id: ada.id } });
      assert.equal(second.user.name, 'Ada Lovelace');
      // From then on it sends documents at once.
      const method = useGETForHashedQueries ? 'GET' : 'POST';
      assert.deepEqual(requests, [[method, false, 422], ['POST', true, 200], ['POST', true, 200]]);
    });
  }

  for (const preferGetForPersistedQueries of [false, true]) {
    it(`falls back to the document with urql, by ${preferGetForPersistedQueries ? 'GET' : 'POST'}`, async () => {
      const { send, requests } = noted(ada);
      const persisted = persistedExchange({ generateHash: async (text) => sha256(text), preferGetForPersistedQueries });
      const client = new Client({ url: GRAPHQL, fetch: send, exchanges: [persisted, fetchExchange], preferGetMethod: false });
      for (let count = 0; count < 2; count += 1) {
        const { data, error } = await client.query('{ me { id } }', {}, { requestPolicy: 'network-only' });
        assert.equal(error, undefined, `${error}`);
        assert.equal(data.me.id, ada.id);
      }
      assert.deepEqual(requests.map(([, hasDocument]) => hasDocument), [false, true, true]);
    });
  }
});
