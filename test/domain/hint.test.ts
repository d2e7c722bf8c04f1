import { describe, expect, test } from 'vitest';
import { advise, fillHint, type HintKey, joinHints, readHint } from '../../src/domain/hint.ts';
import { hintTexts } from '../../src/domain/hint-texts.ts';
import { hints } from '../../src/web/words/zh/hints.ts';

const keys = Object.keys(hintTexts) as HintKey[];
const placesOf = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map(String).toSorted();

describe('a hint, whatever it is', () => {
  test.for(keys)('(%s) is read again from its English text', (key) => {
    const names = placesOf(hintTexts[key]).map((place) => place.slice(2, -2));
    const values = Object.fromEntries(names.map((name) => [name, `a $& (${name}), or\ntwo`]));

    expect(readHint(fillHint(hintTexts[key], values))).toEqual([{ key, values }]);
  });

  test.for(keys)('(%s) has a Chinese text with the same places', (key) => {
    expect(hints[key]).toMatch(/\p{Script=Han}.*[。？]$|：\{\{\w+\}\}$/u);
    expect(placesOf(hints[key])).toEqual(placesOf(hintTexts[key]));
  });
});

test('what follows each other is read as what it was made of', () => {
  const host = 'registry.example.com';
  const why = "pod didn't trigger scale-up. It would not fit.";
  const question = 'GET :8080/health';
  const hint = (...sentences: Parameters<typeof joinHints>) => readHint(joinHints(...sentences));

  expect([
    hint(
      advise('lower-requests'),
      advise('tolerate'),
      advise('or-add-node'),
      advise('node-not-coming', { why }),
    ),
    hint(advise('secret-refused', { host, secret: 'pull' }), advise('own-account', { host })),
    hint(advise('probe-answer', { question, answer: '503 (not yet. Later.)' }), advise('log-tells')),
    hint(advise('probe-answer', { question, answer: 'refused' }), advise('other-port', { port: 80 })),
    hint(advise('node-name'), advise('node-late', { node: 'node7' })),
    hint(advise('claim-unbound', { claim: 'logs', storage: 'fast' }), advise('claim-said', { why })),
    hint(advise('raise-memory'), null),
  ]).toEqual([
    [
      ...[
        { key: 'lower-requests', values: {} },
        { key: 'tolerate', values: {} },
      ],
      ...[
        { key: 'or-add-node', values: {} },
        { key: 'node-not-coming', values: { why } },
      ],
    ],
    [
      { key: 'secret-refused', values: { host, secret: 'pull' } },
      { key: 'own-account', values: { host } },
    ],
    [
      { key: 'probe-answer', values: { question, answer: '503 (not yet. Later.)' } },
      { key: 'log-tells', values: {} },
    ],
    [
      { key: 'probe-answer', values: { question, answer: 'refused' } },
      { key: 'other-port', values: { port: '80' } },
    ],
    [
      { key: 'node-name', values: {} },
      { key: 'node-late', values: { node: 'node7' } },
    ],
    [
      { key: 'claim-unbound', values: { claim: 'logs', storage: 'fast' } },
      { key: 'claim-said', values: { why } },
    ],
    [{ key: 'raise-memory', values: {} }],
  ]);
});

test('of a hint that another version has made nothing is read', () => {
  expect(readHint('Do what nobody has heard of.')).toBeUndefined();
  expect(readHint(`Do what nobody has heard of. ${advise('tolerate')}`)).toBeUndefined();
});
