import { expect, test } from 'vitest';
import { httpServer } from '../images/http-server.ts';
import { runHere } from './run-here.ts';

test.each([
  {
    what: 'breaks off',
    length: 1_000,
    told: 'Cannot reach Trunkline at URL: the connection was cut.',
    exitCode: 3,
  },
  { what: 'is none', length: 9, told: 'URL answers, but not as Trunkline does (200).', exitCode: 2 },
])('an answer that $what in the middle is told in two lines', async ({ length, told, exitCode }) => {
  await using server = await httpServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
    response.write('{"items":', () => response.destroy());
  });
  const url = `http://${server.host}`;

  const { stderr, ...ended } = await runHere(['runs'], { TRUNKLINE_URL: url });

  expect(ended.exitCode).toBe(exitCode);
  expect(stderr.replace(url, 'URL').split('\n')).toEqual([
    `trunkline: ${told}`,
    expect.stringMatching(/^ {2}\w/),
    '',
  ]);
});
