import { matrixIds, matrixRows } from '../domain/matrix.ts';
import { maxSteps } from '../domain/step-schemas.ts';
import type { Approval, JenkinsJob, JobMatrix, JobStep, Note } from './job.ts';
import { freeSlug, slug } from './slug.ts';

/** Where Jenkins says nothing. */
const plainImage = 'debian:stable-slim';

interface Build {
  id: string;
  place: string;
  written: object;
}

/** The steps as they are written: first the images of Dockerfiles, then what runs in them. */
export function draftSteps(job: JenkinsJob, name: string, notes: Note[]): object[] {
  const taken = new Set<string>();
  const builds = buildsOf(job, name, taken);
  const steps = stepsWithin(job.steps, maxSteps - builds.length);
  if (steps.length < job.steps.length) {
    const advice = 'make a second pipeline of them';
    notes.push({ line: 0, what: `${job.steps.length - steps.length} further steps`, advice });
  }
  const ids = steps.map((step) => freeId(step, taken));
  const written = steps.map((step, index) => {
    const build = builds.find(({ place }) => place === placeOf(step));
    const needs = [...step.needs.flatMap((at) => ids[at] ?? []), ...(build === undefined ? [] : [build.id])];
    const before = index === 0 ? builds.at(-1)?.id : ids[index - 1];
    const isUsual = needs.length === (before === undefined ? 0 : 1) && needs[0] === before;
    return {
      ...{ id: ids[index], ...(!isUsual && { needs }), ...whenOf(step) },
      ...(step.matrix !== null && { matrix: matrixOf(step.matrix) }),
      ...(step.approve === null ? { run: runOf(job, step, build) } : { approve: approveOf(step.approve) }),
    };
  });
  noteTrees(steps, notes);
  if (
    steps.some(({ image, dockerfile, approve }) => image === null && dockerfile === null && approve === null)
  ) {
    const advice = `write the image that has the tools; ${plainImage} stands for it`;
    notes.push({ line: 0, what: 'the image that the commands run in, which is not in this file', advice });
  }
  const isNothing = !steps.some(({ approve }) => approve === null);
  return [...builds.map((build) => build.written), ...written, ...(isNothing ? [nothingToDo] : [])];
}

/** As many of the first ones as there is room for; one with a matrix takes that of its combinations. */
function stepsWithin(steps: readonly JobStep[], room: number): JobStep[] {
  let left = room;
  const fitting: JobStep[] = [];
  for (const step of steps) {
    left -= countOf(step);
    if (left < 0) break;
    fitting.push(step);
  }
  return fitting;
}

function countOf({ matrix }: JobStep): number {
  return matrix === null ? 1 : matrixRows({ ...matrix, include: [] }).length;
}

/** A step with a matrix becomes several, whose names must be free as well. */
function freeId(step: JobStep, taken: Set<string>): string {
  const { name, matrix } = step;
  if (matrix === null) return freeSlug(name, taken);
  const rows = matrixRows({ ...matrix, include: [] });
  for (let count = 1; ; count++) {
    const id = count === 1 ? slug(name, 'step') : `${slug(name, 'step')}-${count}`;
    const made = [id, ...matrixIds(id, rows)];
    if (made.some((one) => taken.has(one))) continue;
    for (const one of made) taken.add(one);
    return id;
  }
}

/** In Jenkins the stages of a job work in one folder. */
function noteTrees(steps: readonly JobStep[], notes: Note[]): void {
  if (steps.filter(({ approve, runWhen }) => approve === null && runWhen === 'on-success').length < 2) return;
  const advice =
    'each step begins in a clean tree: name what later ones need under artifacts or cache, or make one step of them';
  notes.push({ line: 0, what: 'what a stage leaves in the workspace for the next', advice });
}

function matrixOf({ axes, exclude }: JobMatrix): object {
  return { axes, ...(exclude.length > 0 && { exclude }) };
}

const longestWaitSeconds = 30 * 86_400;

function approveOf({ by, message, timeoutSeconds }: Approval): object {
  const timeout = Math.min(longestWaitSeconds, Math.ceil(timeoutSeconds ?? 0));
  return { by, ...(message !== null && { message }), ...(timeout > 0 && { timeout: `${timeout}s` }) };
}

/** It fails: a pipeline that does nothing would look like one that has done its work. */
const nothingToDo = {
  id: 'to-do',
  needs: [],
  run: { image: plainImage, commands: ["echo 'no step could be carried over: write them' >&2", 'exit 1'] },
};

function buildsOf({ steps }: JenkinsJob, name: string, taken: Set<string>): Build[] {
  const places = Map.groupBy(
    steps.filter(({ dockerfile }) => dockerfile !== null),
    placeOf,
  );
  return [...places].slice(0, maxSteps / 2).flatMap(([place, [first]]) => {
    if (first?.dockerfile == null) return [];
    const { context, file } = first.dockerfile;
    const id = freeSlug('image', taken);
    const dockerfile = file === 'Dockerfile' ? {} : { dockerfile: file };
    return [
      { id, place, written: { id, needs: [], build: { context, ...dockerfile, image: `${name}/${id}` } } },
    ];
  });
}

function placeOf({ dockerfile }: JobStep): string {
  return dockerfile === null ? '' : JSON.stringify([dockerfile.context, dockerfile.file]);
}

function whenOf({ runWhen, condition }: JobStep): object {
  return {
    ...(condition !== null && Object.keys(condition).length > 0 && { when: condition }),
    ...(runWhen !== 'on-success' && { 'run-when': runWhen }),
  };
}

const longestSeconds = 7 * 86_400;

function runOf(job: JenkinsJob, step: JobStep, build: Build | undefined): object {
  const env = { ...job.variables, ...step.env };
  const { timeoutSeconds, attempts, commands, artifacts } = step;
  const secrets = Object.entries(step.secrets).filter(([variable]) => !Object.hasOwn(env, variable));
  const timeout = Math.min(longestSeconds, Math.ceil(timeoutSeconds ?? 0));
  return {
    ...(build === undefined ? { image: step.image ?? plainImage } : { from: build.id }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(secrets.length > 0 && { secrets: Object.fromEntries(secrets) }),
    commands,
    ...(artifacts.length > 0 && { artifacts: [...new Set(artifacts)] }),
    ...(timeout > 0 && { timeout: `${timeout}s` }),
    ...(attempts > 1 && { retry: { max: Math.min(10, attempts - 1), on: ['fault', 'failure'] } }),
  };
}
