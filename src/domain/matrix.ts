import type { WrittenMatrix } from './matrix-schema.ts';
import { namePattern } from './names.ts';
import type { StepSketch } from './pipeline-steps.ts';
import type { WrittenStep } from './step-schemas.ts';

/** One combination: a value for each axis, as text. */
export type MatrixRow = Readonly<Record<string, string>>;

/** The combinations of a matrix, in the order of its axes: the first changes last. */
export function matrixRows({ axes, exclude, include }: WrittenMatrix): MatrixRow[] {
  let rows: MatrixRow[] = [{}];
  for (const [axis, values] of Object.entries(axes))
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [axis]: String(value) })));
  const left = rows.filter((row) => !exclude.some((some) => hasAll(row, some)));
  return [...left, ...include.map(asTexts)];
}

export function hasAll(row: MatrixRow, some: Readonly<Record<string, string | number>>): boolean {
  return Object.entries(some).every(([axis, value]) => row[axis] === String(value));
}

/** Makes the steps that stand for a step with a matrix; whoever needs that one needs all of them. */
export function expandMatrices(sketches: readonly StepSketch[]): StepSketch[] {
  const expanded = sketches.map((sketch) => ({ of: sketch.id, steps: variantsOf(sketch) }));
  const idsOf = new Map(expanded.map(({ of, steps }) => [of, steps.map(({ id }) => id)]));
  return expanded
    .flatMap(({ steps }) => steps)
    .map((step) => ({ ...step, needs: step.needs.flatMap((id) => idsOf.get(id) ?? [id]) }));
}

/** The name of the variable in which the commands find the value of an axis. */
export function matrixVariable(axis: string): string {
  return `MATRIX_${axis.toUpperCase().replaceAll('-', '_')}`;
}

/** What to need instead of a single copy; undefined where it is no copy. */
export function copyHint(id: string, steps: readonly StepSketch[]): string | undefined {
  const copied = steps.find((other) => other.matrix !== undefined && id.startsWith(`${other.id}-`));
  return copied === undefined ? undefined : `all copies of a matrix are waited for together: '${copied.id}'`;
}

/** `${matrix.NAME}` filled in; of a template, so that the value is not read as one. */
export function fillMatrix(text: string, row: MatrixRow, { isTemplate }: { isTemplate: boolean }): string {
  return text.replaceAll(matrixPlaceholder, (whole, axis: string | undefined) => {
    const value = axis === undefined ? undefined : row[axis];
    if (value === undefined) return whole;
    return isTemplate ? escaped(value) : value;
  });
}

/** The axes that a text reads. */
export function axesIn(text: string): string[] {
  return [...text.matchAll(matrixPlaceholder)].flatMap(([, axis]) => axis ?? []);
}

/** `$${` first: what follows it is no placeholder. */
const matrixPlaceholder = /\$\$\{|\$\{matrix\.([A-Za-z0-9_-]{1,100})\}/g;

function variantsOf(sketch: StepSketch): StepSketch[] {
  const { written } = sketch;
  const { matrix, run } = written ?? {};
  if (written === null || matrix === undefined || run === undefined) return [sketch];
  const rows = matrixRows(matrix);
  const ids = matrixIds(sketch.id, rows);
  return rows.map((row, index) => ({
    ...sketch,
    id: ids[index] ?? sketch.id,
    written: { ...written, run: filledRun(run, row) },
  }));
}

type WrittenRun = NonNullable<WrittenStep['run']>;

function filledRun(run: WrittenRun, row: MatrixRow): WrittenRun {
  const variables = Object.entries(row).map(([axis, value]) => [matrixVariable(axis), escaped(value)]);
  const services = Object.entries(run.services ?? {}).map(
    ([name, service]) =>
      [
        name,
        { ...service, image: filledImage(service.image, row), env: filledTable(service.env, row) },
      ] as const,
  );
  return {
    ...run,
    ...(run.image !== undefined && { image: filledImage(run.image, row) }),
    ...(run.services !== undefined && { services: Object.fromEntries(services) }),
    env: { ...Object.fromEntries(variables), ...filledTable(run.env, row) },
  };
}

function filledImage(image: string, row: MatrixRow): string {
  return fillMatrix(image, row, { isTemplate: false });
}

function filledTable(table: Readonly<Record<string, string>>, row: MatrixRow): Record<string, string> {
  const filled = Object.entries(table).map(([name, text]) => [
    name,
    fillMatrix(text, row, { isTemplate: true }),
  ]);
  return Object.fromEntries(filled);
}

/** Ids of the steps that a matrix makes: by their values where that makes names that can be told apart, else by number. */
export function matrixIds(id: string, rows: readonly MatrixRow[]): string[] {
  const named = rows.map((row) => [id, ...Object.values(row).map(slug)].join('-'));
  const isGood = named.every((name) => namePattern.test(name)) && new Set(named).size === named.length;
  return isGood ? named : rows.map((_, index) => `${id}-${index + 1}`);
}

function slug(value: string): string {
  return value
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

function escaped(value: string): string {
  return value.replaceAll('${', () => '$${');
}

function asTexts(row: Readonly<Record<string, string | number>>): MatrixRow {
  return Object.fromEntries(Object.entries(row).map(([axis, value]) => [axis, String(value)]));
}
