import { expect, test } from 'vitest';
import { choosePort } from '../../src/demo/setup/ports.ts';
import { freePort } from '../support/free-port.ts';

test('two demos that want the same port at the same time get two', async () => {
  const wanted = await freePort();

  const [first, second] = await Promise.all([choosePort(wanted), choosePort(wanted)]);

  expect([first, second]).toContain(wanted);
  expect(first).not.toBe(second);
});
