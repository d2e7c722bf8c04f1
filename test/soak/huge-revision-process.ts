import { memoryUsage } from 'node:process';
import { startDatabase } from '../support/postgres.ts';
import { runWithInput } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { startTestRun } from '../support/test-run.ts';
import { waitFor } from '../support/wait-for.ts';
import { cursorIn, pipelineOf, prepareTriggers, runsIn } from '../triggers/triggers-under-test.ts';

// Reads a commit of 100,000 files and a small one after it, and prints what came of it and how much memory it took.
await using _run = await startTestRun();
await using postgres = await startDatabase();
await using subversion = await startSubversion();
await subversion.commit({ files: { 'trunk/a.txt': '1' } });
await using triggers = await prepareTriggers({
  databaseUrl: postgres.url,
  subversion,
  pipelines: [pipelineOf('app')],
  pollMs: 500,
});
await runWithInput('svnadmin', ['load', '--quiet', '--no-flush-to-disk', subversion.path], hugeRevision());
await subversion.commit({ files: { 'trunk/a.txt': '2' } });
const rows = triggers.store.db;
await rows
  .insertInto('watcher')
  .values({
    repository: 'shop',
    url: subversion.root,
    root_url: subversion.root,
    uuid: subversion.uuid,
    cursor: 1,
    next_poll_at: new Date(),
  })
  .execute();
let peak = memoryUsage().rss;
const begun = peak;
const sampler = setInterval(() => {
  peak = Math.max(peak, memoryUsage().rss);
}, 5);
await triggers.watch();
await waitFor(async () => (await cursorIn(triggers.store)) === 3, { what: 'r3', deadlineMs: 120_000 });
clearInterval(sampler);
const changes = await rows.selectFrom('change').select('path_count').orderBy('move').execute();
const report = {
  runs: await runsIn(triggers.store),
  paths: changes.map((change) => change.path_count),
  grownMiB: Math.round((peak - begun) / 2 ** 20),
};
process.stdout.write(JSON.stringify(report));

function hugeRevision(): string {
  const property = (name: string, value: string) =>
    `K ${name.length}\n${name}\nV ${value.length}\n${value}\n`;
  const date = '2026-01-01T00:00:00.000000Z';
  const about = `${property('svn:author', 'alice')}${property('svn:date', date)}${property('svn:log', 'all')}PROPS-END\n`;
  const node = (path: string, kind: string) => `Node-path: ${path}\nNode-kind: ${kind}\nNode-action: add\n\n`;
  const folders = Array.from({ length: 100 }, (_, folder) => {
    const files = Array.from({ length: 1000 }, (__, file) =>
      node(`trunk/d${folder}/file-${file}.txt`, 'file'),
    );
    return node(`trunk/d${folder}`, 'dir') + files.join('');
  });
  const head = `Revision-number: 2\nProp-content-length: ${about.length}\nContent-length: ${about.length}\n\n${about}\n`;
  return `SVN-fs-dump-format-version: 2\n\n${head}${folders.join('')}`;
}
