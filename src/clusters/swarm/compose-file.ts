import type { Json } from '../../domain/json.ts';
import type { Problem } from '../../domain/problem.ts';
import { checkSchema } from '../../domain/schema-problems.ts';
import { readYaml, type YamlDocument, type YamlPath } from '../../domain/yaml-document.ts';
import { allOrRefusal, isRefusal, type Refusal } from '../cluster.ts';
import {
  type ComposeFile,
  type ComposeNetwork,
  type ComposeService,
  composeSchema,
  refusedComposeKeys,
} from './compose-schema.ts';

/** What one or more Compose files ask for, put together. */
export interface ComposeProject {
  /** From the key `name`; null: no file has it. */
  name: string | null;
  services: Record<string, ComposeService>;
  networks: Record<string, ComposeNetwork>;
  volumes: string[];
  /** Key -> name in the swarm. */
  configs: Record<string, string>;
  secrets: Record<string, string>;
}

/** Reads Compose files; a mistake in one of them, or between them, refuses all. */
export function readCompose(files: { path: string; text: string }[]): ComposeProject | Refusal {
  const read = allOrRefusal(files.map(readFile));
  if (isRefusal(read)) return read;
  const doubled = read
    .flatMap(({ services }) => Object.keys(services))
    .find((name, index, names) => names.indexOf(name) !== index);
  if (doubled !== undefined) return { refusal: `the service ${doubled} is in the Compose files twice` };
  const names = [...new Set(read.flatMap(({ name }) => name ?? []))];
  if (names.length > 1) return { refusal: `the Compose files have different names: ${names.join(', ')}` };
  const project: ComposeProject = {
    name: names[0] ?? null,
    services: Object.assign({}, ...read.map(({ services }) => services)),
    networks: Object.assign({}, ...read.map(({ networks }) => networks ?? {})),
    volumes: read.flatMap(({ volumes }) => Object.keys(volumes ?? {})),
    configs: Object.assign({}, ...read.map(({ configs }) => externalNames(configs))),
    secrets: Object.assign({}, ...read.map(({ secrets }) => externalNames(secrets))),
  };
  return findUndeclared(project) ?? project;
}

function externalNames(objects: ComposeFile['configs']): Record<string, string> {
  return Object.fromEntries(Object.entries(objects ?? {}).map(([key, { name }]) => [key, name ?? key]));
}

function readFile({ path, text }: { path: string; text: string }): ComposeFile | Refusal {
  const document = readYaml(text, { fileName: path, showSource: true });
  if ('problems' in document) return refusalOf(document.problems);
  const problems: Problem[] = [];
  const value = withoutDollars(document.value, { document, problems, path: [] });
  const checked = checkSchema({
    document: {
      value,
      problemAt: (at, report) => document.problemAt(at, report),
      problemAtKey: (at, report) => document.problemAtKey(at, report),
      writtenAt: (at) => document.writtenAt(at),
    },
    schema: composeSchema,
    laterKeys: [],
    refusedKeys: refusedComposeKeys,
  });
  if (problems.length > 0) return refusalOf(problems);
  return 'problems' in checked ? refusalOf(checked.problems) : checked.data;
}

/** In Compose `$$` is a dollar sign and `${NAME}` a variable of whoever deploys; here there are none to be read. */
function withoutDollars(
  value: unknown,
  place: { document: YamlDocument; problems: Problem[]; path: YamlPath },
): unknown {
  const below = (key: string | number, inner: unknown) =>
    withoutDollars(inner, { ...place, path: [...place.path, key] });
  if (Array.isArray(value)) return value.map((item: Json, index) => below(index, item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, below(key, inner)]));
  if (typeof value !== 'string') return value;
  const offset = /(?<!\$)(?:\$\$)*\$(?=[A-Za-z_{])/.exec(value)?.index;
  if (offset !== undefined) {
    const message = 'variables are not replaced here';
    const hint = 'write the value itself, or $$ for a dollar sign';
    place.problems.push(place.document.problemAt(place.path, { message, hint, offset }));
  }
  return value.replaceAll('$$', '$');
}

const mostDetails = 20;

function refusalOf(problems: Problem[]): Refusal {
  const [first = '', ...more] = problems.map(
    ({ file, line, column, message, hint }) =>
      `${file}:${line}:${column}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );
  return { refusal: first, ...(more.length > 0 && { details: more.slice(0, mostDetails) }) };
}

/** What a service names must be declared at the top, as Compose wants it: a mistyped name makes nothing new. */
function findUndeclared(project: ComposeProject): Refusal | undefined {
  const missing = Object.entries(project.services).flatMap(([service, definition]) =>
    [
      ...lacking('network', Object.keys(definition.networks ?? {}), [
        ...Object.keys(project.networks),
        'default',
      ]),
      ...lacking(
        'volume',
        (definition.volumes ?? []).map(({ source }) => source),
        project.volumes,
      ),
      ...lacking(
        'config',
        (definition.configs ?? []).map(({ source }) => source),
        Object.keys(project.configs),
      ),
      ...lacking(
        'secret',
        (definition.secrets ?? []).map(({ source }) => source),
        Object.keys(project.secrets),
      ),
    ].map((what) => `the service ${service} uses the ${what}, which the Compose file does not declare`),
  );
  const [first, ...more] = missing;
  return first === undefined ? undefined : { refusal: first, details: more };
}

function lacking(kind: string, used: string[], declared: string[]): string[] {
  return used.filter((name) => !declared.includes(name)).map((name) => `${kind} ${name}`);
}
