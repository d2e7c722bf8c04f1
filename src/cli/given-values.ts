import { readValue, takenText } from '../domain/parameters.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { suggest } from '../domain/suggestion.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { oneLine } from './safe-text.ts';

/** The values of `--param`: what each pipeline takes of them, it gets. @throws CliError for what none takes */
export function givenValues(
  given: readonly string[],
  found: readonly { pipeline: Pipeline }[],
): Record<string, string> {
  const declared = found.flatMap(({ pipeline: { name, parameters = [] } }) =>
    parameters.map((parameter) => ({ name, parameter })),
  );
  const values = given.map((text): [string, string] => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === '')
      throw new CliError(exitCodes.wrongUse, `--param takes name=value, not "${oneLine(text)}".`);
    const takers = declared.filter(({ parameter }) => parameter.name === name);
    const hint = suggest(name, [...new Set(declared.map(({ parameter }) => parameter.name))]);
    if (takers.length === 0)
      throw new CliError(exitCodes.wrongUse, `No pipeline here has a parameter ${oneLine(name)}.`, { hint });
    const refuser = takers.find(({ parameter }) => readValue(parameter, value) === null);
    if (refuser === undefined) return [name, value];
    throw new CliError(exitCodes.wrongUse, `${refuser.name} takes no ${name}=${oneLine(value)}.`, {
      hint: `${name}: ${takenText(refuser.parameter)}`,
    });
  });
  assertOnce(values.map(([name]) => name));
  return Object.fromEntries(values);
}

/** @throws CliError for a parameter with two values, of which one would count for nothing */
export function assertOnce(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new CliError(exitCodes.wrongUse, `--param gives ${oneLine(twice)} twice.`, {
    hint: 'A parameter has one value: leave out the other',
  });
}
