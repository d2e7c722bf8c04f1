import { maxSteps } from '../domain/step-schemas.ts';
import type { JenkinsJob, JobStep, Note } from './job.ts';
import { freeSlug } from './slug.ts';

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
  const room = maxSteps - builds.length;
  const steps = job.steps.slice(0, Math.max(0, room));
  if (steps.length < job.steps.length) {
    const advice = 'make a second pipeline of them';
    notes.push({ line: 0, what: `${job.steps.length - steps.length} further steps`, advice });
  }
  const ids = steps.map((step) => freeSlug(step.name, taken));
  const runs = steps.map((step, index) => {
    const build = builds.find(({ place }) => place === placeOf(step));
    const needs = [...step.needs.flatMap((at) => ids[at] ?? []), ...(build === undefined ? [] : [build.id])];
    const before = index === 0 ? builds.at(-1)?.id : ids[index - 1];
    const isUsual = needs.length === (before === undefined ? 0 : 1) && needs[0] === before;
    return { id: ids[index], ...(!isUsual && { needs }), ...whenOf(step), run: runOf(job, step, build) };
  });
  if (steps.some(({ image, dockerfile }) => image === null && dockerfile === null)) {
    const advice = `write the image that has the tools; ${plainImage} stands for it`;
    notes.push({ line: 0, what: 'the image that the commands run in, which is not in this file', advice });
  }
  return runs.length === 0
    ? [...builds.map(({ written }) => written), nothingToDo]
    : [...builds.map(({ written }) => written), ...runs];
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

function whenOf({ runWhen, branches }: JobStep): object {
  return {
    ...(branches !== null && { when: { branches } }),
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
