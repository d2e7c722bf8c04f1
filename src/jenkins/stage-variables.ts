import { plainText, type Statement, type Value } from './groovy-syntax.ts';
import { literal } from './literal.ts';
import { addSecret } from './secrets.ts';
import type { StageSetting } from './stage-setting.ts';

/** More are no environment any more. */
const mostVariables = 50;

/** `environment { NAME = 'value' }`, for all stages or for one. */
export function readVariables(setting: StageSetting, environment: Statement): void {
  for (const { name, args, line } of environment.block ?? [])
    addVariable(setting, { name, value: args[0], line });
}

/** A text is a variable of the steps; one that names other variables is set by their shell. */
function addVariable(
  setting: StageSetting,
  { name, value, line }: { name: string; value: Value | undefined; line: number },
): void {
  const { job } = setting;
  if (value?.kind === 'call' && value.name === 'credentials') {
    const wanted = { id: plainText(value.args[0]), variable: name, part: null, line };
    const sample = { secrets: {} as Record<string, string> };
    addSecret(job, sample, wanted);
    if (Object.hasOwn(sample.secrets, name)) setting.secrets.push(wanted);
    return;
  }
  const isPlain = (value?.kind === 'text' && value.odd.length === 0) || value?.kind === 'word';
  const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  if (!isPlain || !isName || setting.exports.length >= mostVariables) {
    job.notes.push({
      line,
      what: `the variable ${name}`,
      advice: 'set it with env, or with export in the commands',
    });
    return;
  }
  setting.exports.push({ name, value: plainText(value) });
}

/** Those that the step's environment can say, and the rest as commands before its own. */
export function splitVariables(exports: StageSetting['exports']): {
  env: Record<string, string>;
  commands: string[];
} {
  const plain = exports.filter(({ value }) => !value.includes('${'));
  const others = exports.filter(({ value }) => value.includes('${'));
  return {
    env: Object.fromEntries(plain.map(({ name, value }) => [name, literal(value)])),
    commands: others.map(({ name, value }) => `export ${name}="${value.replaceAll(/["\\`]/g, '\\$&')}"`),
  };
}
