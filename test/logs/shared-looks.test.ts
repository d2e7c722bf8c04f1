import { expect, test } from 'vitest';
import { SharedLooks } from '../../src/logs/shared-looks.ts';

test('many who ask while an answer is on its way share the next one, which is newer than their question', async () => {
  const looks = new SharedLooks<number>();
  const answers: PromiseWithResolvers<number>[] = [];
  const look = () => {
    const answer = Promise.withResolvers<number>();
    answers.push(answer);
    return answer.promise;
  };

  const first = looks.ask('run', look);
  const later = [looks.ask('run', look), looks.ask('run', look)];
  const other = looks.ask('other run', look);
  const begunAtOnce = answers.length;
  answers[0]?.resolve(1);
  await first;
  answers[1]?.resolve(2);
  answers[2]?.resolve(3);

  expect(begunAtOnce).toBe(2);
  expect(await Promise.all([first, ...later, other])).toEqual([1, 3, 3, 2]);
  expect(answers).toHaveLength(3);
});

test('an answer that fails is nobody else’s', async () => {
  const looks = new SharedLooks<string>();

  const failing = looks.ask('run', async () => {
    throw new Error('away');
  });
  const next = looks.ask('run', async () => 'back');

  await expect(failing).rejects.toThrow('away');
  expect(await next).toBe('back');
  expect(await looks.ask('run', async () => 'again')).toBe('again');
});
