import { type Copy, DockerfileParser, From, type Instruction, type Run } from 'dockerfile-ast';

/** The images that a Dockerfile takes from outside, as far as its target needs them; `scratch` is none. */
export interface BaseImages {
  /** Of FROM, `COPY --from` and `RUN --mount=from`, each once. */
  images: string[];
  /** What the target is based on in the end; null for `scratch`. */
  base: string | null;
  /** The image of a `# syntax=` line, which BuildKit fetches and executes. */
  frontend: string | null;
}

interface Stage {
  name: string | null;
  from: string;
  /** Further stages or images that instructions of this stage read. */
  sources: string[];
}

/**
 * Reads which images a build needs, with the `ARG`s before the first FROM and the build's own arguments put in. What
 * cannot be known here (a variable without a value) is left out; the builder then says so itself.
 */
export function findBaseImages(
  dockerfile: string,
  { args, target }: { args: Readonly<Record<string, string>>; target: string | null },
): BaseImages {
  const parsed = DockerfileParser.parse(dockerfile);
  const variables = new Map<string, string>();
  for (const property of parsed.getInitialARGs().flatMap((arg) => arg.getProperties())) {
    const value = args[property.getName()] ?? property.getValue();
    if (value !== null) variables.set(property.getName(), expandVariables(value, variables));
  }
  const stages = readStages(parsed.getInstructions(), variables);
  const last = target === null ? stages.length - 1 : findStage(stages, target, stages.length);
  const directive = parsed.getDirectives().find((found) => found.getName().toLowerCase() === 'syntax');
  return {
    images: [...new Set(collectImages(stages, last))],
    base: rootImage(stages, last),
    frontend: directive?.getValue() ?? null,
  };
}

function readStages(instructions: Instruction[], variables: ReadonlyMap<string, string>): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction instanceof From) {
      const from = expandVariables(instruction.getImage() ?? '', variables);
      stages.push({ name: instruction.getBuildStage()?.toLowerCase() ?? null, from, sources: [] });
    } else {
      stages.at(-1)?.sources.push(...sourcesOf(instruction));
    }
  }
  return stages;
}

function sourcesOf(instruction: Instruction): string[] {
  const keyword = instruction.getKeyword();
  if (keyword !== 'COPY' && keyword !== 'RUN') return [];
  const flags = (instruction as Copy | Run).getFlags();
  const sources = flags.map((flag) =>
    keyword === 'COPY' && flag.getName() === 'from' ? flag.getValue() : flag.getOption('from')?.getValue(),
  );
  return sources.filter((source) => source !== null && source !== undefined).filter(isNamed);
}

function isNamed(source: string): boolean {
  return source !== '' && !source.includes('$');
}

/** Index of the stage that a name or number means for an instruction before stage `before`; -1: it means an image. */
function findStage(stages: Stage[], name: string, before: number): number {
  const earlier = stages.slice(0, before);
  const named = earlier.findLastIndex((stage) => stage.name === name.toLowerCase());
  return named >= 0 || !/^\d+$/.test(name) || Number(name) >= before ? named : Number(name);
}

/** @param seen stages that need not be looked into again: a stage may be read by all that follow it */
function collectImages(stages: Stage[], index: number, seen = new Set<number>()): string[] {
  const stage = stages[index];
  if (stage === undefined || seen.has(index)) return [];
  seen.add(index);
  return [stage.from, ...stage.sources].flatMap((source) => {
    const earlier = findStage(stages, source, index);
    if (earlier >= 0) return collectImages(stages, earlier, seen);
    return source === '' || source === 'scratch' ? [] : [source];
  });
}

function rootImage(stages: Stage[], index: number): string | null {
  const stage = stages[index];
  if (stage === undefined) return null;
  const earlier = findStage(stages, stage.from, index);
  if (earlier >= 0) return rootImage(stages, earlier);
  return stage.from === '' || stage.from === 'scratch' ? null : stage.from;
}

const variablePattern = /\$\w+|\$\{\w+(?::?[-+][^}]*)?\}/g;
/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+instead}`; without the colon an empty value counts as one. */
const variableParts = /^\$\{?(?<name>\w+)(?:(?<colon>:?)(?<operator>[-+])(?<word>.*)\})?/s;

/** No name of an image is longer; variables that hold each other would else grow without bounds. */
const longestValue = 4_096;

function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  if (text.length > longestValue) return '';
  const expanded = text.replaceAll(variablePattern, (use) => {
    const { name = '', colon, operator, word = '' } = variableParts.exec(use)?.groups ?? {};
    const value = variables.get(name) ?? null;
    const isSet = value !== null && !(colon === ':' && value === '');
    if (operator === undefined || (operator === '-' && isSet)) return value ?? '';
    return operator === '-' || isSet ? expandVariables(word, variables) : '';
  });
  return expanded.length > longestValue ? '' : expanded;
}
