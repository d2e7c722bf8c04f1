import { expect, test } from 'vitest';
import { type LogLine, tellingLine } from '../../src/clusters/telling-line.ts';

const line = (at: number, text: string): LogLine => ({ at, text });

test.for([
  ['the complaint comes last', [line(1000, 'starting'), line(1000, 'cannot open the orders table')]],
  [
    'the engine read the pipes in the other order',
    [line(1000, 'cannot open the orders table'), line(1066, 'starting')],
  ],
] as const)('of lines of the same moment the one that complains is told, whether %s', ([, lines]) => {
  expect(tellingLine(lines)).toBe('cannot open the orders table');
});

test('an old complaint is not the cause of the end', () => {
  expect(tellingLine([line(1000, 'error: cache is cold'), line(9000, 'lost my mind')])).toBe('lost my mind');
});

test('of a stack trace the error is told, not the frames and what follows them', () => {
  const trace = [
    'Error: connect ECONNREFUSED 10.0.0.1:5432',
    '    at errorFrame (net.js:1)',
    '',
    'Node.js v24.1.0',
  ];

  expect(tellingLine(trace.map((text) => line(1000, text)))).toBe(
    'Error: connect ECONNREFUSED 10.0.0.1:5432',
  );
});

test('of a program that explains its options after a wrong one the complaint is told', () => {
  const usage = [
    "httpd: unrecognized option '--prot'",
    'BusyBox v1.35.0',
    '',
    'Usage: httpd [-p PORT]',
    '\t-p PORT\tBind',
  ];

  expect(tellingLine(usage.map((text) => line(1000, text)))).toBe("httpd: unrecognized option '--prot'");
});

test('a program that said nothing has no line', () => {
  expect(tellingLine([])).toBeUndefined();
  expect(tellingLine([line(1000, ''), line(1000, '  ')])).toBeUndefined();
});
