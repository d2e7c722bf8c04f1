import { parseImageReference } from './image-reference.ts';
import { axesIn, expandMatrices, fillMatrix, hasAll, matrixRows } from './matrix.ts';
import type { WrittenMatrix } from './matrix-schema.ts';
import type { StepSketch } from './pipeline-steps.ts';
import type { Problem, ProblemReport } from './problem.ts';
import { maxSteps } from './step-schemas.ts';
import { suggest } from './suggestion.ts';
import { servicesIn, templatePlaces, valueAt } from './template-places.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

const mostRows = 24;

/** What is wrong with the matrices of a file, and with what reads them. */
export function matrixProblems(sketches: readonly StepSketch[], document: YamlDocument): Problem[] {
  const own = sketches.flatMap((sketch) => ownProblems(sketch, document));
  const references = templatePlaces(document).flatMap((path) => referenceProblems(sketches, document, path));
  const places = [...sketches.map(({ index }): YamlPath => ['steps', index, 'run']), ...servicesIn(document)];
  const images = places.flatMap((place) => referenceProblems(sketches, document, [...place, 'image']));
  if (own.length > 0) return [...own, ...references, ...images];
  return [...references, ...images, ...expandedProblems(sketches, document)];
}

function ownProblems({ index, id, kinds, matrix }: StepSketch, document: YamlDocument): Problem[] {
  const path = ['steps', index, 'matrix'];
  if (matrix == null) return [];
  if (kinds.length === 1 && !kinds.includes('run')) {
    const message = `step '${id}' is ${kinds[0]} and cannot have a matrix`;
    return [document.problemAtKey(path, { message, hint: 'only run steps have one' })];
  }
  const combinations = combinationProblems(matrix, document, path);
  if (combinations.length > 0) return combinations;
  const count = matrixRows(matrix).length;
  if (count === 0)
    return [document.problemAtKey(path, { message: 'everything is excluded from this matrix' })];
  if (count <= mostRows) return [];
  const message = `this matrix has ${count} combinations; at most ${mostRows}`;
  return [document.problemAtKey(path, { message, hint: 'exclude some, or make two steps of it' })];
}

function combinationProblems(matrix: WrittenMatrix, document: YamlDocument, path: YamlPath): Problem[] {
  const axes = Object.keys(matrix.axes);
  const all = matrixRows({ ...matrix, exclude: [], include: [] });
  const excluded = matrix.exclude.flatMap((some, at) => {
    const place = [...path, 'exclude', at];
    const strange = strangeAxes(some, axes, { document, place });
    if (strange.length > 0 || all.some((row) => hasAll(row, some))) return strange;
    return [document.problemAt(place, { message: 'this excludes nothing: no combination has these values' })];
  });
  const included = matrix.include.flatMap((row, at) => {
    const place = [...path, 'include', at];
    const missing = axes.filter((axis) => !Object.hasOwn(row, axis));
    const message = `this combination has no value for ${missing.join(', ')}`;
    const incomplete = missing.length === 0 ? [] : [document.problemAt(place, { message })];
    const strange = [...strangeAxes(row, axes, { document, place }), ...incomplete];
    const others = matrixRows({ ...matrix, include: matrix.include.slice(0, at) });
    const isThere = strange.length === 0 && others.some((other) => hasAll(other, row));
    return isThere ? [document.problemAt(place, twice)] : strange;
  });
  return [...repeatedValues(matrix, document, path), ...excluded, ...included];
}

function repeatedValues({ axes }: WrittenMatrix, document: YamlDocument, path: YamlPath): Problem[] {
  return Object.entries(axes).flatMap(([axis, values]) =>
    values.flatMap((value, at) => {
      const isFirst = values.findIndex((other) => String(other) === String(value)) === at;
      if (isFirst) return [];
      const message = `the axis '${axis}' has ${value} already`;
      return [document.problemAt([...path, 'axes', axis, at], { message, hint: 'remove one of them' })];
    }),
  );
}

const twice = { message: 'the matrix has this combination already', hint: 'remove it' };

function strangeAxes(
  row: Readonly<Record<string, unknown>>,
  axes: readonly string[],
  { document, place }: { document: YamlDocument; place: YamlPath },
): Problem[] {
  return Object.keys(row)
    .filter((axis) => !axes.includes(axis))
    .map((axis) => document.problemAtKey([...place, axis], unknownAxis(axis, axes)));
}

function referenceProblems(
  sketches: readonly StepSketch[],
  document: YamlDocument,
  path: YamlPath,
): Problem[] {
  const text = valueAt(document, path);
  if (typeof text !== 'string') return [];
  const sketch = sketches.find(({ index }) => path[0] === 'steps' && path[1] === index);
  if (sketch?.matrix === null) return [];
  const axes = Object.keys(sketch?.matrix?.axes ?? {});
  return axesIn(text)
    .filter((axis) => !axes.includes(axis))
    .map((axis) => document.problemAt(path, unknownAxis(axis, axes)));
}

function unknownAxis(axis: string, axes: readonly string[]): ProblemReport {
  if (axes.length === 0) return { message: `there is no matrix here for \${matrix.${axis}}` };
  return { message: `the matrix has no axis '${axis}'`, hint: suggest(axis, axes) };
}

/** What shows only in the steps that are made of it. */
function expandedProblems(sketches: readonly StepSketch[], document: YamlDocument): Problem[] {
  if (!sketches.some(({ written }) => written?.matrix !== undefined)) return [];
  const steps = expandMatrices(sketches);
  const [first] = sketches.filter(({ written }) => written?.matrix !== undefined);
  if (steps.length > maxSteps && first !== undefined) {
    const message = `with its matrices the pipeline has ${steps.length} steps; at most ${maxSteps}`;
    return [document.problemAtKey(['steps', first.index, 'matrix'], { message })];
  }
  const twice = steps.find((step, at) =>
    steps.some((other, before) => before < at && other.id === step.id && other.index !== step.index),
  );
  const taken = { message: `the matrix makes a step '${twice?.id}', and there is one with that id already` };
  const clash = twice === undefined ? [] : [document.problemAt(['steps', twice.index, 'id'], taken)];
  return [...clash, ...sketches.flatMap((sketch) => imageProblem(sketch, document))];
}

function imageProblem({ index, written }: StepSketch, document: YamlDocument): Problem[] {
  const image = written?.run?.image;
  if (written?.matrix === undefined || image === undefined) return [];
  const filled = matrixRows(written.matrix).map((row) => fillMatrix(image, row, { isTemplate: false }));
  const wrong = filled.find((reference) => parseImageReference(reference) === null);
  if (wrong === undefined || axesIn(wrong).length > 0) return [];
  return [
    document.problemAt(['steps', index, 'run', 'image'], { message: `'${wrong}' is no image reference` }),
  ];
}
