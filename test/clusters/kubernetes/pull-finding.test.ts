import { describe, expect, test } from 'vitest';
import type { Trouble } from '../../../src/clusters/kubernetes/pod-trouble.ts';
import { factsSummary, pullFinding } from '../../../src/clusters/kubernetes/pull-finding.ts';
import type { PullFacts } from '../../../src/clusters/kubernetes/pull-inquiry.ts';
import { type PullSecret, parsePullSecret } from '../../../src/clusters/kubernetes/pull-secrets.ts';
import { advise } from '../../../src/domain/hint.ts';
import { Secret } from '../../../src/domain/secret.ts';

const host = 'registry.example.com';
const image = `${host}/shop/cart:1`;

const trouble = (of: Trouble['class']): Trouble => ({
  class: of,
  container: 'api',
  message: `what the node says of ${image}`,
  hint: advise('give-pull-secret'),
  toleranceMs: 0,
});

const secret = (changes: Partial<PullSecret> = {}): PullSecret => ({
  name: 'pull',
  state: 'covers',
  hosts: [host],
  account: null,
  ...changes,
});

const facts = (answers: Partial<PullFacts['answers']>, secrets: PullSecret[] = []): PullFacts => ({
  ...{ image, host, secrets },
  answers: { secret: null, own: null, nobody: 'refused', ...answers },
});

describe('what a registry says of an image that a node could not pull', () => {
  test('what the node calls forbidden is missing, where the registry says so to somebody it lets in', () => {
    const found = pullFinding(trouble('image-denied'), facts({ own: 'missing' }));

    expect(found.class).toBe('image-missing');
    expect(found.message).toBe(`container \`api\`: the image ${image} does not exist`);
    expect(found.hint).toMatch(/says so to Trunkline too/);
  });

  test.for<[string, Partial<PullFacts['answers']>, PullSecret[], RegExp]>([
    [
      'no secret',
      { own: 'there' },
      [],
      /has no pull secret for registry\.example\.com.*own config.* may pull it/,
    ],
    ['one that does not exist', {}, [secret({ state: 'missing' })], /pull secret pull does not exist/],
    [
      'one for another host',
      {},
      [secret({ state: 'other-hosts', hosts: ['docker.io'] })],
      /pull is for docker\.io, not for registry\.example\.com/,
    ],
    ['one that is refused', { secret: 'refused' }, [secret()], /refuses the account in the pull secret pull/],
    ['one that we may not read', {}, [secret({ state: 'unreadable' })], /which Trunkline cannot read/],
    ['one that is good by now', { secret: 'there' }, [secret()], /accepts the pull secret pull by now/],
  ])('a pull that is forbidden names its secret: %s', ([, answers, secrets, hint]) => {
    const found = pullFinding(trouble('image-denied'), facts(answers, secrets));

    expect(found).toMatchObject({ class: 'image-denied', hint: expect.stringMatching(hint) });
  });

  test.for<[string, Partial<PullFacts['answers']>, RegExp]>([
    [
      'Trunkline reaches it',
      { own: 'there' },
      /answers Trunkline, and has the image: look at the way from the node/,
    ],
    ['Trunkline reaches it and is refused', {}, /answers Trunkline, and asks for an account/],
    ['nobody reaches it', { nobody: 'silent' }, /does not answer Trunkline either/],
  ])('a registry that the node does not reach: %s', ([, answers, hint]) => {
    const found = pullFinding(trouble('image-unreachable'), facts(answers));

    expect(found).toMatchObject({ class: 'image-unreachable', hint: expect.stringMatching(hint) });
  });

  test('what the node has not explained is a refusal, where the registry refuses what the node has to show', () => {
    const unexplained = { ...trouble('image-unreachable'), isUnexplained: true } as const;

    expect(pullFinding(unexplained, facts({ own: 'there' }))).toMatchObject({
      class: 'image-denied',
      message: expect.stringMatching(/registry\.example\.com refuses it to Trunkline too$/),
      hint: expect.stringMatching(/has no pull secret for registry\.example\.com/),
    });
    expect(pullFinding(unexplained, facts({ secret: 'there' }, [secret()])).class).toBe('image-unreachable');
    expect(pullFinding(trouble('image-unreachable'), facts({ own: 'there' })).class).toBe(
      'image-unreachable',
    );
  });

  test('an image that came after the node had asked stays missing, and a retry is advised', () => {
    const found = pullFinding(trouble('image-missing'), facts({ own: 'there' }));

    expect(found).toMatchObject({ class: 'image-missing', hint: expect.stringMatching(/by now.*Retry/) });
  });

  test('the records keep no account', () => {
    const account = { username: 'node', password: new Secret('let me in') };

    const kept = JSON.stringify(factsSummary(facts({ secret: 'refused' }, [secret({ account })])));

    expect(kept).toContain('"state":"covers"');
    expect(kept).not.toMatch(/node|let me in/);
  });
});

describe('a pull secret', () => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
  const auth = Buffer.from('node:let:me in').toString('base64');
  const parse = (data: Record<string, string>, of = host) =>
    parsePullSecret({ data }, { name: 'pull', host: of });

  test('is read in the format of today and in the old one', () => {
    const today = parse({ '.dockerconfigjson': encoded({ auths: { [`https://${host}/v1/`]: { auth } } }) });
    const old = parse({ '.dockercfg': encoded({ [host]: { username: 'node', password: 'x' } }) });

    expect(today).toMatchObject({ state: 'covers', hosts: [host], account: { username: 'node' } });
    expect(today.account?.password.reveal()).toBe('let:me in');
    expect(old.account?.password.reveal()).toBe('x');
  });

  test('is for the hosts that it names, Docker Hub by each of its names, and patterns for one level', () => {
    const hub = { '.dockerconfigjson': encoded({ auths: { 'https://index.docker.io/v1/': { auth } } }) };
    const pattern = { '.dockerconfigjson': encoded({ auths: { '*.example.com': { auth } } }) };

    expect(parse(hub, 'docker.io').state).toBe('covers');
    expect(parse(hub)).toMatchObject({ state: 'other-hosts', hosts: ['docker.io'], account: null });
    expect(parse(pattern).state).toBe('covers');
    expect(parse(pattern, 'a.b.example.com').state).toBe('other-hosts');
  });

  test('that holds something else cannot be read', () => {
    expect(parse({ '.dockerconfigjson': 'bm90IGpzb24=' }).state).toBe('unreadable');
    expect(parse({ password: 'eA==' }).state).toBe('unreadable');
  });
});
