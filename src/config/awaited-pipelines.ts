import { Fault } from '../domain/fault.ts';
import { memberOf, textAt } from '../domain/member.ts';
import type { CatalogueEntry, PipelineCatalogue } from './pipeline-catalogue.ts';

/** A pipeline of which only its own file can be read yet, by what that file says; null where it does not. */
export interface AwaitedPipeline {
  name: string | null;
  repository: string | null;
  /** The pipeline that it runs after. */
  after: string | null;
}

/** Which pipelines a question is about. */
export type PipelinesWanted = { repository: string } | { name: string };

/** Templates make steps alone: the rest stands in the pipeline's own file. */
export function awaitedPipeline(written: unknown): AwaitedPipeline {
  return {
    name: textAt(written, 'name'),
    repository: textAt(memberOf(written, 'source'), 'repository'),
    after: textAt(memberOf(memberOf(written, 'on'), 'pipeline'), 'name'),
  };
}

/**
 * The pipelines as whoever decides on commits has to ask for them: to go on without one that is only not read yet would lose
 * its runs for good.
 * @returns what gives them all when nothing is wanted, and throws a Fault while one of those wanted is awaited
 */
export function decidablePipelines(
  catalogue: Pick<PipelineCatalogue, 'list' | 'awaited'>,
): (wanted?: PipelinesWanted) => readonly CatalogueEntry[] {
  return (wanted) => {
    // Before the list is looked at: what comes meanwhile is in it.
    const awaited = wanted && catalogue.awaited().find((one) => isWanted(one, wanted));
    if (awaited !== undefined) throw notYet(awaited);
    return catalogue.list();
  };
}

/** As `get` of a catalogue. @throws Fault while it is awaited */
export function findDecidable(catalogue: PipelineCatalogue, name: string): CatalogueEntry | undefined {
  return decidablePipelines(catalogue)({ name }).find((entry) => entry.name === name);
}

function isWanted({ name, repository }: AwaitedPipeline, wanted: PipelinesWanted): boolean {
  return 'name' in wanted ? name === wanted.name : repository === wanted.repository;
}

function notYet({ name }: AwaitedPipeline): Fault {
  const message = `Pipeline ${name} is not known yet: a file that it includes could not be read from its repository so far`;
  const hint = "The pipeline's problems say which file, and why. It is tried again until it can be read.";
  return new Fault('scm-unreachable', message, { hint });
}
