import { expect, test } from 'vitest';
import { editKubeDns } from '../../../../src/clusters/kubernetes/dns/kube-dns-data.ts';

const none = { stubDomains: [] };

test('stub domains of others stay, and ours go when the config no longer has them', () => {
  const live = { stubDomains: '{ "lab.example.com": ["192.0.2.1"] }' };
  const first = editKubeDns(
    live,
    { stubDomains: { 'corp.example.com': ['10.0.0.53'] }, upstream: null },
    none,
  );
  const owned = { stubDomains: ['corp.example.com'] };

  expect(first).toEqual({
    data: {
      stubDomains: '{"corp.example.com":["10.0.0.53"],"lab.example.com":["192.0.2.1"]}',
      upstreamNameservers: null,
    },
    owned,
  });
  const gone = editKubeDns(
    { stubDomains: '{"corp.example.com":["10.0.0.53"],"lab.example.com":["192.0.2.1"]}' },
    { stubDomains: {}, upstream: null },
    owned,
  );
  expect(gone).toMatchObject({ data: { stubDomains: '{"lab.example.com":["192.0.2.1"]}' } });
});

test('upstream servers come back as they were when the config no longer names any', () => {
  const live = { upstreamNameservers: '[ "192.0.2.9" ]' };
  const taken = editKubeDns(live, { stubDomains: {}, upstream: ['10.0.0.53'] }, none);
  const given = editKubeDns(
    { upstreamNameservers: '["10.0.0.53"]' },
    { stubDomains: {}, upstream: null },
    { stubDomains: [], upstreamBefore: '[ "192.0.2.9" ]' },
  );

  expect(taken).toEqual({
    data: { stubDomains: null, upstreamNameservers: '["10.0.0.53"]' },
    owned: { stubDomains: [], upstreamBefore: '[ "192.0.2.9" ]' },
  });
  expect(given).toEqual({
    data: { stubDomains: null, upstreamNameservers: '[ "192.0.2.9" ]' },
    owned: none,
  });
});

test('what is there already is not written anew, however it is spelt', () => {
  const live = { stubDomains: '{ "a.example.com": [ "10.0.0.53" ] }', upstreamNameservers: '[ "10.0.0.1" ]' };
  const wish = { stubDomains: { 'a.example.com': ['10.0.0.53'] }, upstream: ['10.0.0.1'] };

  expect(editKubeDns(live, wish, none)).toMatchObject({ data: live });
});

test.for([
  [
    'more upstream servers than kube-dns takes',
    {},
    ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'],
    /at most 3/,
  ],
  ['stub domains that are no JSON', { stubDomains: 'a: b' }, null, /no JSON object/],
] as const)('%s are refused', ([, live, upstream, reason]) => {
  const wish = { stubDomains: {}, upstream: upstream === null ? null : [...upstream] };

  expect(editKubeDns(live, wish, none)).toEqual({ refusal: expect.stringMatching(reason) });
});
