import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startHttp, storeExplainedEvent } from '../http/start-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { environmentFor } from './run-cli.ts';
import { runHere } from './run-here.ts';

const steps = 'steps: [{ id: image, build: { image: shop/cart } }]\n';
const pipelines = {
  docs: `name: docs\nsource: { repository: web }\non: { commit: { branches: [master], paths: ['**/*.md'] } }\n${steps}`,
  other: `name: other\nsource: { repository: other }\non: { commit: {} }\n${steps}`,
  preview: `name: preview\nsource: { repository: web }\non: { merge-request: true, branch: { events: [created, deleted] } }\n${steps}`,
  release: `name: release\nsource: { repository: web }\non: { tag: { tags: ['*'] } }\n${steps}`,
};

function documented(name: string): string {
  return fileURLToPath(new URL(`../http/payloads/${name}.json`, import.meta.url));
}

async function site() {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(pipelines))
    await writeFile(join(folder.path, `${name}.yaml`), text);
  return {
    path: folder.path,
    /** `run` or the filters that refuse, by pipeline; or why there is nothing to decide. */
    async explain(file: string, ...options: string[]): Promise<string[]> {
      const args = ['explain', '--file', file, '--pipelines', folder.path, ...options];
      const { stdout, stderr, exitCode } = await runHere([...args, '--json']);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      const { events } = JSON.parse(stdout);
      return events.flatMap(eventLines);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

interface Explained {
  nothing: string | null;
  pipelines: { name: string; verdict: string; filters: { filter: string; passed: boolean }[] }[];
}

function eventLines({ nothing, pipelines: decided }: Explained): string[] {
  if (nothing !== null) return [nothing];
  return decided.map(({ name, verdict, filters }) =>
    [name, verdict, ...filters.flatMap(({ filter, passed }) => (passed ? [] : [filter]))].join(' '),
  );
}

test('a payload is decided without a server, for people and for programs', async () => {
  await using here = await site();
  const args = ['explain', '--file', documented('gitlab-push'), '--pipelines', here.path];

  const shown = await runHere(args);

  expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
  expect(shown.stdout).toMatch(
    /^commit to master, paths unknown: fixed readme\n\ndocs would run\n {4}✓ branches: /,
  );
  expect(shown.stdout).toMatch(/\npreview would not run\n {4}✗ event: commit \(asked for: branch created, /);
  expect(shown.stdout.trimEnd()).toMatch(/2 of 4 pipelines would run\.$/);
});

test.for([
  ['gitlab-push', ['docs run', 'other run', 'preview skip event', 'release skip event tags']],
  ['gitlab-tag-push', ['docs skip branches', 'other skip branches', 'preview skip event', 'release run']],
  ['gitlab-merge-request', ['docs skip on', 'other skip on', 'preview run', 'release skip on']],
  [
    'gitlab-pipeline',
    ['pipeline 31 of GitLab is of a merge request: only those of branches and tags start runs'],
  ],
  ['github-push-new-branch', ['docs run', 'other run', 'preview run', 'release skip event tags']],
  ['github-create', ['docs skip branches', 'other skip branches', 'preview skip event', 'release run']],
  ['github-ping', ['ignored, because it only asks whether somebody is there']],
  [
    'gitea-push',
    ['docs skip branches', 'other skip branches', 'preview skip event', 'release skip event tags'],
  ],
] as const)('the documented payload %s is decided as a server would', async ([name, lines]) => {
  await using here = await site();

  expect(await here.explain(documented(name))).toEqual(lines);
});

test('with a trunkline.yaml only the pipelines of the repository with that address run', async () => {
  await using here = await site();
  const config = join(here.path, 'trunkline.conf');
  // Its own name, and another that people reach it by.
  for (const host of ['example.com', '10.0.0.5:8443']) {
    const web = `{ git: 'https://${host}/mike/diaspora.git' }`;
    const repositories = `  web: ${web}\n  other: { git: 'https://example.com/other.git' }`;
    await writeFile(config, `repositories:\n${repositories}\n`);

    const lines = await here.explain(documented('gitlab-push'), '--config', config);

    expect(lines).toEqual([
      ...['docs run', 'other skip repository', 'preview skip event', 'release skip event tags'],
    ]);
  }
});

test('what "explain EVENT --json" printed of an event is decided anew, with the paths that the server found', async () => {
  await using here = await site();
  await using http = await startHttp();
  await storeExplainedEvent(http.db);
  const stored = await runHere(['explain', 'event-1', '--json'], await environmentFor(http));
  const file = join(here.path, 'event.txt');
  await writeFile(file, stored.stdout);
  const cart = `name: cart\nsource: { repository: shop }\non: { commit: { paths: ['docs/**'] } }\n${steps}`;
  await writeFile(join(here.path, 'a-cart.yaml'), cart);

  const [first, second] = await here.explain(file);

  expect([first, second]).toEqual(['cart run', 'docs skip repository branches']);
});

test('a file that tells nothing of a change, and one that is no event, are told apart', async () => {
  await using here = await site();
  const file = join(here.path, 'payload.txt');
  await writeFile(file, JSON.stringify({ uuid: '1c', revision: 7 }));
  expect(await here.explain(file)).toEqual([expect.stringContaining('names no more than a revision')]);

  await writeFile(file, '{"some": "thing"}');
  const unknown = await runHere(['explain', '--file', file, '--pipelines', here.path]);
  await writeFile(file, 'payload=%7B%7D');
  const unreadable = await runHere(['explain', '--file', file, '--pipelines', here.path]);
  const both = await runHere(['explain', 'event-1', '--file', file]);
  const neither = await runHere(['explain']);

  expect([unknown.exitCode, both.exitCode, neither.exitCode]).toEqual([2, 2, 2]);
  expect(unknown.stderr).toContain('is no event of a Git server');
  expect(unreadable.stderr).toMatch(/is no JSON\.\n {2}Give what GitLab/);
});
