import { matrixRows } from '../domain/matrix.ts';
import { plainText, plainTexts, type Statement } from './groovy-syntax.ts';
import { type JenkinsJob, type JobMatrix, noteIn } from './job.ts';

const mostRows = 24;

/** `axes` and `excludes` of a declarative matrix; null, and told: it cannot be carried. */
export function readMatrix(job: JenkinsJob, matrix: Statement): JobMatrix | null {
  const sections = matrix.block ?? [];
  const find = (name: string) => sections.find((one) => one.name === name)?.block ?? [];
  const axes = Object.fromEntries(
    find('axes').map((axis) => [textIn(axis, 'name'), [...new Set(textsIn(axis, 'values'))]]),
  );
  return matrixOf(job, { axes, excludes: excludesOf(find('excludes'), axes), line: matrix.line });
}

/** Of combinations that there are; null, and told: a pipeline cannot have such a matrix. */
export function matrixOf(
  job: JenkinsJob,
  { axes, excludes, line }: { axes: JobMatrix['axes']; excludes: JobMatrix['exclude']; line: number },
): JobMatrix | null {
  const note = noteIn(job, line);
  const names = Object.entries(axes);
  const isUsable = names.every(
    ([name, values]) =>
      /^[A-Za-z_]\w{0,39}$/.test(name) &&
      !name.startsWith('_') &&
      values.length > 0 &&
      values.length <= 50 &&
      values.every((value) => value.length > 0 && value.length <= 100),
  );
  const count = names.reduce((product, [, values]) => product * values.length, 1);
  if (names.length === 0 || !isUsable || count > 1000) {
    note('the matrix', 'write the steps with matrix, which makes each once for each combination');
    return null;
  }
  const rows = matrixRows({ axes, exclude: [], include: [] });
  const exclude = excludes.filter((some) =>
    rows.some((row) => Object.entries(some).every(([axis, value]) => row[axis] === value)),
  );
  const left = matrixRows({ axes, exclude, include: [] }).length;
  if (left > 0 && left <= mostRows) return { axes, exclude };
  note(`a matrix with ${left} combinations`, `at most ${mostRows} are possible: make two steps of it`);
  return null;
}

/** One excludes several values of an axis, or all but some: written out. */
function excludesOf(excludes: readonly Statement[], axes: JobMatrix['axes']): JobMatrix['exclude'] {
  return excludes.flatMap(({ block }) =>
    (block ?? []).reduce<JobMatrix['exclude']>(
      (rows, axis) => {
        const name = textIn(axis, 'name');
        const but = textsIn(axis, 'notValues');
        const others = (axes[name] ?? []).filter((value) => !but.includes(value));
        const values = but.length > 0 ? others : textsIn(axis, 'values');
        return rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))).slice(0, 200);
      },
      [{}],
    ),
  );
}

function textIn({ block }: Statement, key: string): string {
  return plainText((block ?? []).find(({ name }) => name === key)?.args[0]);
}

function textsIn({ block }: Statement, key: string): string[] {
  return plainTexts((block ?? []).find(({ name }) => name === key)?.args ?? []);
}
