// The server reads documents as graphql-js does: what one of them can parse, so can the other, to the same values.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

import { parse } from 'graphql';

import { GRAPHQL, newUser } from './support/stack.js';

/** Numbers from 0 up to a limit, the same ones in every run (mulberry32). */
function numbers(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const TOKENS = [
  '{', '}', '(', ')', '[', ']', ':', '=', '!', '$', '@', '...', '|', '&', ',', ' ', '\n', '\r', '\t', '\ufeff', '.', '-',
  'query', 'mutation', 'subscription', 'fragment', 'on', 'a', 'B1', '_', 'true', 'null', 'nullable', 'é', '?', ';',
  '0', '-0', '00', '1', '-1', '1.5', '1.', '.5', '1e3', '1E+3', '1e', '0x1', '1a', '99999999999999999999',
  '""', '"a"', '"\\n"', '"\\u0041"', '"\\u{41}"', '"\\u{110000}"', '"\\uD83D\\uDE00"', '"\\uD83D"', '"\\x"', '"', '\\',
  '"""a"""', '""""""', '"""\\""""""', '"""a\n  b"""', '"""', '# a\n', '#',
];

/** Documents with everything in them that there can be. */
const DOCUMENTS = [
  'query A($a: [Int!]! = [1, 2] @b(c: "d"), $e: F = {g: {h: [ENUM, true, null, -1.5e3]}}) @i { j: k(l: $a, m: $e) @n { o } }',
  'subscription { ...A @b ... on C { d } ... @e(f: 1) { g } ... { h } } fragment A on B @c { d }',
  '{ a(b: """\n  block \\""" "quoted"\n    text\n""", c: "\\u{1F600} \\uD83D\\uDE00 \\n") } # the end',
  'mutation B { type: input(query: on) { fragment } }',
];

/** A document in which some tokens are lost, doubled, moved or replaced. */
function mutated(document, random) {
  const tokens = document.match(/"""[^]*?"""|"[^"]*"|\w+|\s+|[^]/g);
  for (let changes = random(3); changes >= 0; changes -= 1) {
    const at = random(tokens.length);
    const other = TOKENS[random(TOKENS.length)];
    const [lost] = tokens.splice(at, random(2), ...[[], [other], [other, tokens[at] ?? '']][random(3)]);
    if (lost !== undefined && random(4) === 0) tokens.splice(random(tokens.length + 1), 0, lost);
  }
  return tokens.join('');
}

function soup(random) {
  const length = 1 + random(12);
  return Array.from({ length }, () => TOKENS[random(TOKENS.length)]).join('');
}

function isParsed(document) {
  try {
    parse(document);
    return true;
  } catch {
    return false;
  }
}

/** What the server answers to a document. */
async function codesOf(query, token = undefined) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(GRAPHQL, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { errors = [], data } = await response.json();
  return { data, codes: errors.map(({ extensions }) => extensions.code) };
}

/** All of them, a few at a time. */
async function each(items, run) {
  const left = [...items];
  const worker = async () => {
    while (left.length > 0) await run(left.pop());
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}

describe('a document', { concurrency: true, timeout: 240_000 }, () => {
  it('is parsed by the server if graphql-js parses it', async () => {
    const random = numbers(20_250_901);
    const documents = [...DOCUMENTS, ...TOKENS.map((token) => `{ a(b: ${token}) }`)];
    while (documents.length < 400) documents.push(mutated(DOCUMENTS[random(DOCUMENTS.length)], random));
    while (documents.length < 500) documents.push(soup(random));
    let parsed = 0;
    await each(documents, async (document) => {
      const { codes } = await codesOf(document);
      const expected = isParsed(document);
      parsed += expected ? 1 : 0;
      assert.equal(!codes.includes('GRAPHQL_PARSE_FAILED'), expected, JSON.stringify([document, codes]));
    });
    // The test is worth something only while both come often.
    assert.ok(parsed > 50 && parsed < 450, `${parsed} are parsed`);
  });

  let ada;
  before(async () => {
    ada = await newUser();
  });

  it('has the same strings in it, however they are written', async () => {
    const random = numbers(7);
    const PARTS = ['a', 'Ö', '中', '😀', '\\"', '\\\\', '\\/', '\\u00e9', '\\u{e9}', '\\u{1F600}', '\\uD83D\\uDE00', '\\"""', '"', ' b', '#', ',', '{'];
    const literals = [];
    while (literals.length < 120) {
      const parts = Array.from({ length: 1 + random(5) }, () => PARTS[random(PARTS.length)]).join('');
      const blanks = ['', '\n', '\n  ', '\r\n\t', '  \n\n'];
      const literal = [`"n${parts}"`, `"""${blanks[random(5)]}n${parts}${blanks[random(5)]}"""`][random(2)];
      if (isParsed(`{ a(b: ${literal}) }`)) literals.push(literal);
    }
    // One after the other: a name is changed and shown at once.
    for (const literal of literals) {
      const { definitions: [{ selectionSet }] } = parse(`{ a(b: ${literal}) }`);
      const expected = selectionSet.selections[0].arguments[0].value.value;
      const { data, codes } = await codesOf(`mutation { updateMe(input: { name: ${literal} }) { name } }`, ada.token);
      assert.deepEqual([codes, data?.updateMe?.name], [[], expected.trim()], literal);
    }
  });
});
