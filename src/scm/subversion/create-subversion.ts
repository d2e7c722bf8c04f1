import type { SubversionSource } from '../source-control.ts';
import { withoutUser } from './canonical-url.ts';
import { changedProperties } from './changed-properties.ts';
import { exportTree } from './export-tree.ts';
import { identify } from './identify.ts';
import { mirroredUpTo } from './mirrored-up-to.ts';
import { querySvn, type SvnQuery } from './query-svn.ts';
import { lastChange, readRevisions } from './read-revisions.ts';
import {
  attemptOn,
  openRepository,
  pathOfPlace,
  revisionNumber,
  type SubversionOptions,
  type SubversionRepository,
  urlUnder,
} from './repository.ts';
import { elementsAt, textAt } from './xml-tree.ts';

const defaultFileBytes = 1024 * 1024;
const listBytes = 64 * 1024 * 1024;

/**
 * Subversion through the installed command line client: one process per question.
 * @throws Fault `scm-denied` for a URL or user that is not allowed
 */
export function createSubversion(options: SubversionOptions): SubversionSource {
  const repository = openRepository(options);
  return {
    kind: 'svn',
    identify: (signal) => identify(repository, signal),
    head: async (signal) => (await identify(repository, signal)).head,
    revisions: (range, signal) => readRevisions(repository, range, signal),
    lastChange: (place, signal) => lastChange(repository, place, signal),
    mirroredUpTo: (signal) => mirroredUpTo(repository, signal),
    changedProperties: (revision, signal) => changedProperties(repository, revision, signal),
    exportTree: (request, signal) => exportTree(repository, request, signal),
    readFile: async (request, signal) => {
      const { maxBytes = defaultFileBytes } = request;
      return String(
        await ask(
          repository,
          {
            ...request,
            path: pathOfPlace(repository, request),
            subcommand: 'cat',
            doing: 'Reading',
            maxBytes,
          },
          signal,
        ),
      );
    },
    list: async (place, signal) => {
      const { revision } = place;
      const path = pathOfPlace(repository, place);
      const question = { path, revision, subcommand: 'list', doing: 'Listing' } as const;
      return namesIn(await ask(repository, { ...question, maxBytes: listBytes }, signal));
    },
    urlOf: (place) =>
      `${withoutUser(urlUnder(repository.url, pathOfPlace(repository, place)))}@${revisionNumber(place.revision)}`,
  };
}

interface Question extends Pick<SvnQuery, 'subcommand' | 'maxBytes'> {
  revision: string;
  path: string;
  doing: string;
}

async function ask(
  repository: SubversionRepository,
  question: Question,
  signal: AbortSignal,
): Promise<unknown> {
  const url = urlUnder(repository.root, question.path);
  const revision = revisionNumber(question.revision);
  const query: SvnQuery = {
    subcommand: question.subcommand,
    url,
    revision,
    attempt: attemptOn(repository, question.doing, `${url}@${revision}`),
    deadlineMs: repository.limits.queryMs,
    maxBytes: question.maxBytes,
  };
  return querySvn(await repository.client(), query, signal);
}

function namesIn(lists: unknown): string[] {
  return elementsAt(lists, 'list', 'entry').map((entry) => {
    const isFolder = textAt(entry, '$', 'kind') === 'dir';
    return `${textAt(entry, 'name')}${isFolder ? '/' : ''}`;
  });
}
