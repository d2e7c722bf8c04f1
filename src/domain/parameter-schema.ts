import { z } from 'zod';
import { messagePatternMistake } from './message-filter.ts';
import type { Parameter } from './parameter.ts';
import { parameterVariable, readValue, takenText } from './parameters.ts';
import { besideMistakes } from './rules-beside-mistakes.ts';
import { checkedText, variableLikeName } from './text-schemas.ts';

const parameterTypes = ['string', 'number', 'boolean', 'choice'] as const;

const parameter = z
  .strictObject({
    type: z.enum(parameterTypes).default('string').meta({
      description: 'What it takes: text, a number, `true` or `false`, or one of its `options`.',
    }),
    default: z
      .union([z.string(), z.number(), z.boolean()])
      .optional()
      .meta({
        description:
          'Its value where none is given: by a commit, a schedule, another pipeline, or somebody who leaves it out. Without it, a value must be given, and only requests can start the pipeline.',
        examples: ['small'],
      }),
    options: z
      .array(z.string().min(1, 'an empty option').max(200))
      .min(1, 'name at least one option')
      .max(100)
      .optional()
      .meta({ description: 'Of a `choice`: what there is to choose from.', examples: [['small', 'large']] }),
    pattern: checkedText(messagePatternMistake)
      .optional()
      .meta({
        title: 'expression',
        description: 'Of a `string`: a regular expression that the whole value must match.',
        examples: ['v[0-9]+'],
      }),
    description: z
      .string()
      .max(500)
      .optional()
      .meta({ description: 'Told to whoever starts a run by hand.', examples: ['How much to test'] }),
  })
  .superRefine((written, context) => {
    for (const { key, message } of mistakesOf(written))
      context.addIssue({ code: 'custom', message, path: [key] });
  }, besideMistakes)
  .meta({ description: 'One parameter of a run.' });
type WrittenParameter = z.infer<typeof parameter>;

export const parametersSchema = z
  .record(variableLikeName, parameter)
  .superRefine((written, context) => {
    const variables = new Set<string>();
    for (const name of Object.keys(written)) {
      const variable = parameterVariable(name);
      const message = `another parameter is the variable ${variable} already`;
      if (variables.has(variable)) context.addIssue({ code: 'custom', message, path: [name] });
      variables.add(variable);
    }
  }, besideMistakes)
  .refine((written) => Object.keys(written).length <= 50, {
    message: 'at most 50 parameters',
    ...besideMistakes,
  })
  .meta({
    description:
      'What can be given to a run: `trunkline trigger cart --param size=large`, the page, the API. `${parameters.size}` reads one in `args`, `env`, `tags` and `concurrency.group`; a `run` step finds it as `PARAM_SIZE` (upper case, underscores for dashes) in its environment; `when` asks for it.',
    examples: [
      {
        size: { type: 'choice', options: ['small', 'large'], default: 'small' },
        'dry-run': { type: 'boolean', default: false },
      },
    ],
  });

export function toParameters(written: z.infer<typeof parametersSchema>): Parameter[] {
  return Object.entries(written).map(([name, one]) => toParameter(name, one));
}

function toParameter(name: string, written: WrittenParameter): Parameter {
  const { type, options = [], pattern = null, description = null } = written;
  return { name, type, default: written.default ?? null, options, pattern, description };
}

type Mistake = { key: keyof WrittenParameter; message: string };

/** @param written may have further mistakes, in any of its keys */
function mistakesOf(written: WrittenParameter): Mistake[] {
  const { type, options, pattern } = written;
  if (!parameterTypes.includes(type)) return [];
  const isChoice = type === 'choice';
  const mistakes: (Mistake | false)[] = [
    isChoice && options === undefined && { key: 'type', message: 'a choice needs options' },
    !isChoice &&
      options !== undefined && {
        key: 'options',
        message: `options are of a choice, and this is a ${type}\nsay type: choice`,
      },
    pattern !== undefined &&
      type !== 'string' && { key: 'pattern', message: `a pattern is of a string, and this is a ${type}` },
  ];
  const found = mistakes.filter((mistake) => mistake !== false);
  // What the default is to be is known once the rest is right.
  return found.length > 0 || !parameter.shape.options.safeParse(options).success
    ? found
    : defaultMistake(written);
}

function defaultMistake(written: WrittenParameter): Mistake[] {
  const { pattern, default: given } = parameter.shape;
  if (!pattern.safeParse(written.pattern).success || !given.safeParse(written.default).success) return [];
  const own = toParameter('', written);
  if (own.default === null || isOfType(own, own.default)) return [];
  const isToBeText = typeof own.default !== 'string' && (own.type === 'string' || own.type === 'choice');
  const hint = isToBeText ? `\nYAML reads a ${typeof own.default} here: put it in quotes` : '';
  return [{ key: 'default', message: `the default is not taken: it takes ${takenText(own)}${hint}` }];
}

/** In a file a number is written as one. */
function isOfType(parameter: Parameter, value: string | number | boolean): boolean {
  return readValue(parameter, value) === value;
}
