import type { CommitTrigger } from '../../src/domain/triggers.ts';

/** Every commit on trunk. */
export const everyCommit: CommitTrigger = {
  branches: ['trunk'],
  paths: ['**'],
  revisions: 'every',
  quietMs: 0,
  authors: null,
  messages: null,
  ignore: ['mergeinfo'],
  ownCommits: 'run',
};
