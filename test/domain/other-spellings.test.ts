import { expect, test } from 'vitest';
import { asText, head, problemsOf } from './read-pipeline.ts';

/** What is right in another tool, and what to write here. */
test.each([
  [
    'cores as Kubernetes and Compose write them',
    `${head}steps:\n${['500m', "'1.5'", '2 cores', '1500 m', '5m', 'all', '-1'].map((cpus, at) => `  - { id: s${at}, run: { image: x, commands: [ls], cpus: ${cpus} } }\n`).join('')}`,
    [
      '4:54 this is a number of cores, and no text (write 0.5)',
      '5:54 this is a number of cores, and no text (write 1.5)',
      '6:54 this is a number of cores, and no text (write 2)',
      '7:54 this is a number of cores, and no text (write 1.5)',
      '8:54 expected a number, got text',
      '9:54 expected a number, got text',
      "10:54 'cpus' is at least 0.01",
    ],
  ],
  [
    'sizes of nothing, and with other units',
    `${head}steps:\n${['0Mi', '0', '0 GB', '0.5Gi', '1Ti', '524288Ki', '1.3Gi', '512'].map((memory, at) => `  - { id: s${at}, run: { image: x, commands: [ls], memory: ${memory} } }\n`).join('')}`,
    [
      '4:56 0Mi is nothing at all: a memory size is at least 6Mi',
      '5:56 0 is nothing at all: a memory size is at least 6Mi',
      '6:56 0 GB is nothing at all: a memory size is at least 6Mi',
      '7:56 a memory size is a whole number with Mi or Gi (write 512Mi)',
      '8:56 a memory size is a whole number with Mi or Gi (write 1024Gi)',
      '9:56 a memory size is a whole number with Mi or Gi (write 512Mi)',
      '10:56 a memory size is a whole number with Mi or Gi (for example 512Mi)',
      '11:56 a memory size is a whole number with Mi or Gi (for example 512Mi)',
    ],
  ],
  [
    'quotes around what is no text, and a list where names have values',
    `${head}parameters: { dry: { type: boolean, default: true } }\nsteps:\n  - { id: a, allow-failure: 'true', when: { parameters: { dry: 'false' } }, run: { image: x, commands: [ls] } }\n  - { id: b, run: { image: x, commands: [ls], retry: { max: '3' }, env: [A=1], secrets: [A] } }\n`,
    [
      '5:29 expected true or false, got text (without quotes: true)',
      "5:64 parameter 'dry' is never this: it takes true or false (without quotes: false)",
      '6:61 expected a number, got text (without quotes: 3)',
      '6:73 expected keys with values, got a list (NAME: value, on lines of its own, indented below)',
      '6:89 expected keys with values, got a list (NAME: value, on lines of its own, indented below)',
    ],
  ],
  [
    'how other servers say how often, and what a step hands on',
    `${head}steps:\n  - { id: a, run: { image: x, commands: [ls], retry: 3, outputs: [V] } }\n`,
    [
      '4:54 expected keys with values, got a number (write { max: 3 })',
      "4:57 a run step declares no 'outputs' (a command writes them: echo NAME=value >> $TRUNKLINE_OUTPUT; later steps read ${steps.ID.outputs.NAME})",
    ],
  ],
  [
    'an include that names its file otherwise: what it would bring is not told as missing',
    `${head}include: [{ repository: ci, path: node.yaml, revision: '42' }]\nsteps:\n  - { id: a, extends: node, run: { commands: [ls] } }\n`,
    ["3:11 'file' is missing", "3:29 unknown key 'path' (did you mean 'file'?)"],
  ],
])('%s', (_spelling, text, told) => {
  expect(problemsOf(text).map(asText)).toEqual(told);
});
