import { runWithInput } from '../support/run-command.ts';

/** Adds many commits to a repository on disk at once; each changes the same existing file. */
export async function loadCommits(
  repositoryPath: string,
  commits: { file: string; from: number; count: number },
): Promise<void> {
  const { file, from, count } = commits;
  const revisions = Array.from({ length: count }, (_, index) => revisionRecord(from + index, file));
  const dump = ['SVN-fs-dump-format-version: 2\n', ...revisions].join('\n');
  await runWithInput('svnadmin', ['load', '--quiet', '--no-flush-to-disk', repositoryPath], dump);
}

function revisionRecord(revision: number, file: string): string {
  const properties = [
    property('svn:author', 'alice'),
    property('svn:date', '2026-01-01T00:00:00.000000Z'),
    property('svn:log', `change ${revision}`),
    'PROPS-END\n',
  ].join('');
  const content = `${revision}`;
  return [
    `Revision-number: ${revision}`,
    `Prop-content-length: ${properties.length}`,
    `Content-length: ${properties.length}`,
    '',
    properties,
    `Node-path: ${file}`,
    'Node-kind: file',
    'Node-action: change',
    `Text-content-length: ${content.length}`,
    `Content-length: ${content.length}`,
    '',
    content,
    '',
  ].join('\n');
}

function property(name: string, value: string): string {
  return `K ${name.length}\n${name}\nV ${value.length}\n${value}\n`;
}
