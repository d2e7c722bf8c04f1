import { expect, test } from 'vitest';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { type StartWish, startRefusal } from '../../src/domain/start-grant.ts';
import type { Triggers } from '../../src/domain/triggers.ts';
import { pipelineOf } from './read-pipeline.ts';

function triggersOf(on: string): Triggers {
  return pipelineOf(
    `name: e2e\nsource: { repository: shop }\non: ${on}\nsteps:\n  - { id: t, run: { image: a, commands: [b] } }\n`,
  ).on;
}

function fileOf(file: string): Pick<ReturnType<typeof pipelineOf>, 'file'> {
  return pipelineOf(`name: cart\nsource: { repository: shop }\nfile: ${file}\n`);
}

function wish(file: string, on: Triggers, place: StartWish['place']): StartWish {
  const began = fileOf(file);
  return { starter: { name: 'cart', began, today: began }, started: { name: 'e2e', on }, place };
}

const topic = { branch: 'topic', target: undefined };
const asked = '{ path: ci.yaml, starts: [e2e] }';

test('steps of a file in a repository start only what the server lets that file start', () => {
  expect(startRefusal(wish('ci.yaml', noTriggers, topic))).toContain("add it to 'file.starts' of cart");
  expect(startRefusal(wish('{ path: ci.yaml, starts: [other] }', noTriggers, null))).toContain(
    'may not start it',
  );
  expect(startRefusal(wish(asked, noTriggers, topic))).toBeNull();
});

test('what the server says today counts, also for the steps of a promotion, whose pipeline names no file', () => {
  const { starter, ...other } = wish(asked, noTriggers, topic);

  expect(startRefusal({ ...other, starter: { ...starter, today: fileOf('ci.yaml') } })).not.toBeNull();
  expect(startRefusal({ ...other, starter: { ...starter, today: undefined } })).not.toBeNull();
  expect(
    startRefusal({ ...other, starter: { name: 'cart', began: {}, today: fileOf('ci.yaml') } }),
  ).not.toBeNull();
  expect(startRefusal({ ...other, starter: { name: 'cart', began: {}, today: {} } })).toBeNull();
});

test.each([
  ['{ commit: { branches: [main] } }', topic, false],
  ['{ commit: { branches: [main] } }', { branch: 'main', target: undefined }, true],
  ['{ commit: { branches: [main] } }', { branch: 'topic', target: 'main' }, false],
  ['{ commit: { branches: [main] } }', null, true],
  ['{ merge-request: { branches: [main] } }', { branch: 'topic', target: 'main' }, true],
  ['{ merge-request: { branches: [main] } }', { branch: 'topic', target: 'other' }, false],
  ['{ merge-request: true }', topic, false],
  ['{ pipeline: { name: base, branches: [main] } }', topic, false],
])('and there only at branches that it takes itself: %s at %o', (on, place, isAllowed) => {
  expect(startRefusal(wish(asked, triggersOf(on), place)) === null).toBe(isAllowed);
});
