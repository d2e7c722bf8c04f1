import { expect, test } from 'vitest';
import { parseAuthChallenges } from '../../src/images/auth-challenge.ts';

test('commas inside a quoted value do not end it', () => {
  const header =
    'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push"';

  const challenges = parseAuthChallenges(header);

  expect(challenges).toEqual([
    {
      scheme: 'bearer',
      parameters: {
        realm: 'https://auth.example.com/token',
        service: 'registry',
        scope: 'repository:a/b:pull,push',
      },
    },
  ]);
});

test('several challenges in one header stay apart', () => {
  const challenges = parseAuthChallenges(
    'Negotiate, Basic realm="a \\"b\\"", , BEARER Realm=https , service = "s"',
  );

  expect(challenges).toEqual([
    { scheme: 'negotiate', parameters: {} },
    { scheme: 'basic', parameters: { realm: 'a "b"' } },
    { scheme: 'bearer', parameters: { realm: 'https', service: 's' } },
  ]);
});

test('an opaque token is no parameter', () => {
  expect(parseAuthChallenges('Negotiate YWJj==, Basic realm=x')).toEqual([
    { scheme: 'negotiate', parameters: {} },
    { scheme: 'basic', parameters: { realm: 'x' } },
  ]);
});

test.each(['', '   ', ',,'])('%j has no challenge', (header) => {
  expect(parseAuthChallenges(header)).toEqual([]);
});

test('what does not fit the grammar ends the reading, and never loops', () => {
  expect(parseAuthChallenges('Basic realm="never closed')).toEqual([{ scheme: 'basic', parameters: {} }]);
  expect(parseAuthChallenges('"Basic" realm')).toEqual([]);
});
