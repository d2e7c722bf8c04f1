import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderProblem } from '../../src/domain/problem.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { load } from './load-config.ts';

const fullFile = `
url: https://ci.example.com/
port: 8080
data-dir: state
database: { url: { env: MAIN_DATABASE } }
svn: { allow: [file], working-copies: { above: 1Gi, keep: 3d } }
git: { allow: [http] }
repositories:
  web: { git: 'git@gitlab.example.com:shop/web.git', credentials: svn, hook: { gitlab: { token: { env: OLD } } } }
  shop: { svn: svn://svn.example.com/shop, layout: ['{project}/trunk'], readable: [./shop/trunk/], credentials: svn, poll: 5s, hook: { token: { file: hook } } }
  local: { svn: file:///srv/svn/local, hook: { token: [{ env: OLD }, { env: NEW }] } }
credentials:
  svn: { username: ci, password: { file: password } }
registries:
  main: { host: 'registry.example.com:5000', credentials: svn }
environments:
  staging: { kubernetes: { context: staging, namespace: shop }, pipelines: [cart], require-digests: true }
docker: { builder: classic, networks: [ci], limits: { cpus: 1.5, memory: 512Mi, pids: 100 } }
concurrency: 4
retention: { logs: { keep: 7d, newest: 5, step-size: 20Mi }, rollbacks: 3 }
`;
const fullGiven = {
  file: fullFile,
  secrets: { hook: 'hook-token\n', password: 'pass word ' },
  environment: { MAIN_DATABASE: 'postgres://db/trunkline', OLD: 'old-token', NEW: 'new-token' },
};

test('working copies have defaults of their own, and can be left out', async () => {
  const { config: full } = await load(fullGiven);
  const { config: byDefault } = await load({});
  const { config: none } = await load({ file: 'svn: { working-copies: off }' });

  const gibibyte = 2 ** 30;
  const day = 24 * 3_600_000;
  expect(full?.workingCopies).toEqual({ aboveBytes: gibibyte, mostBytes: 20 * gibibyte, keepMs: 3 * day });
  expect(byDefault?.workingCopies).toMatchObject({ aboveBytes: 32 * 2 ** 20, keepMs: 14 * day });
  expect(none?.workingCopies).toBeNull();
});

describe('without a file', () => {
  test('everything has a default', async () => {
    const { config, cwd } = await load({});

    expect(config).toMatchObject({
      url: null,
      http: { host: '127.0.0.1', port: 7070 },
      dataDir: join(cwd, 'data'),
      pipelinesDir: join(cwd, 'pipelines'),
      databaseUrl: null,
      redisUrl: null,
      repositories: {},
      docker: { host: 'unix:///var/run/docker.sock', builder: 'buildkit', networks: ['bridge'] },
    });
  });

  test('a file that was named and does not exist is a problem', async () => {
    const { problems } = await load({ flags: { config: 'other.yaml' } });

    expect(problems).toMatchObject([{ line: 1, message: "cannot read the server's config (ENOENT)" }]);
  });
});

describe('a full file', () => {
  test('is understood, with its secrets read', async () => {
    const { config, cwd } = await load(fullGiven);

    expect(config).toMatchObject({
      url: 'https://ci.example.com',
      http: { host: '127.0.0.1', port: 8080 },
      dataDir: join(cwd, 'state'),
      docker: {
        builder: 'classic',
        networks: ['ci'],
        limits: { cpus: 1.5, memoryBytes: 512 * 1024 ** 2, pids: 100 },
      },
      concurrency: 4,
      retention: {
        logs: { keepMs: 604_800_000, newest: 5 },
        runs: { keepMs: 63_072_000_000, newest: 100 },
        rollbacks: 3,
      },
      logs: { runBytes: 100 * 1024 ** 2, stepBytes: 20 * 1024 ** 2 },
      environments: {
        staging: {
          cluster: { kind: 'kubernetes', kubeconfig: null, context: 'staging', namespace: 'shop' },
          pipelines: ['cart'],
          requireDigests: true,
          freeze: [],
        },
      },
      repositories: {
        shop: {
          layout: ['{project}/trunk'],
          readable: ['shop/trunk'],
          pollMs: 5000,
          allowedSchemes: ['file'],
          credentials: { username: 'ci' },
        },
        local: { kind: 'svn', layout: ['standard'], pollMs: 60_000, credentials: null },
        web: {
          kind: 'git',
          url: 'git@gitlab.example.com:shop/web.git',
          allowedSchemes: ['http'],
          hookTokens: [],
        },
      },
      registries: { main: { host: 'registry.example.com:5000', isDefault: true, insecure: false } },
    });
    expect(config?.databaseUrl?.reveal()).toBe('postgres://db/trunkline');
    expect(config?.repositories.shop?.credentials?.password.reveal()).toBe('pass word ');
    expect(config?.repositories.shop?.hookTokens.map((token) => token.reveal())).toEqual(['hook-token']);
    expect(config?.repositories.local?.hookTokens.map((token) => token.reveal())).toEqual([
      'old-token',
      'new-token',
    ]);
  });

  test('GitLab has tokens of its own', async () => {
    const { config } = await load(fullGiven);

    const web = config?.repositories.web;
    const tokens = web?.kind === 'git' ? web.gitlabTokens.map((token) => token.reveal()) : [];
    expect(tokens).toEqual(['old-token']);
  });

  test('prints none of its secrets', async () => {
    const { config } = await load(fullGiven);

    expect(JSON.stringify(config)).not.toMatch(/hook-token|old-token|pass word|postgres:/);
  });

  test('gives way to the environment, and that to flags', async () => {
    const environment = {
      ...fullGiven.environment,
      PORT: '1',
      HOST: '::',
      DATA_DIR: '/env',
      DATABASE_URL: 'postgres://env/x',
    };

    const { config } = await load({ ...fullGiven, environment, flags: { port: '2', dataDir: '/flag' } });

    expect(config).toMatchObject({ http: { host: '::', port: 2 }, dataDir: '/flag' });
    expect(config?.databaseUrl?.reveal()).toBe('postgres://env/x');
  });

  test('takes the password of the database from a file, whatever is in it', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'password');
    await writeFile(file, 'p@ss/w%41rd?\n');
    const environment = { DATABASE_URL: 'postgres://ci@db/x', DATABASE_PASSWORD_FILE: file };

    const { config } = await load({ environment });
    const missing = await load({ environment: { ...environment, DATABASE_PASSWORD_FILE: '/nowhere' } });

    const url = new URL(config?.databaseUrl?.reveal() ?? '');
    expect(decodeURIComponent(url.password)).toBe('p@ss/w%41rd?');
    expect(url.host).toBe('db');
    expect(missing.problems).toMatchObject([
      { message: 'cannot read the password of the database from /nowhere (ENOENT)' },
    ]);
  });

  test('is not changed by empty variables', async () => {
    const { config } = await load({
      ...fullGiven,
      environment: { ...fullGiven.environment, PORT: '', DATABASE_URL: '' },
    });

    expect(config?.http.port).toBe(8080);
    expect(config?.databaseUrl?.reveal()).toBe('postgres://db/trunkline');
  });
});

describe('a secret', () => {
  test.each([
    'credentials: { a: { username: u, password: hunter2 } }',
    'credentials: { a: { username: u, password: hunter2, hunter: { hunter2 } } }',
    'repositories: { a: { svn: svn://h/x, hook: { token: hunter2 } } }',
    'repositories: { a: { svn: "svn://u:hunter2@h/x" } }',
    'repositories: { a: { svn: "hunter2" } }',
    'repositories: { a: { svn: svn://h/x, credentials: hunter2 } }',
    'database: { url: postgres://u:hunter2@h/x }',
    'credentials: { a: { username: u, password: *hunter2 } }',
    'credentials: { a: { username: u, password: "hunter2 } }',
    'credentials: { a: { username: u, password: @hunter2 } }',
  ])('that stands in the file is refused and never repeated: %s', async (file) => {
    const { problems } = await load({ file });

    const shown = problems.map((problem) => renderProblem(problem, { color: false })).join('\n');
    expect(problems).not.toEqual([]);
    expect(shown.replaceAll("unknown key 'hunter'", '')).not.toContain('hunter');
  });

  test('that cannot be found is told by its reference', async () => {
    const file =
      'credentials: { a: { username: u, password: { env: NOPE } }, b: { username: u, password: { file: nope } } }';

    const { problems, cwd } = await load({ file });

    expect(problems.map((problem) => problem.message)).toEqual([
      'the environment variable NOPE is not set',
      `cannot read the file ${join(cwd, 'nope')} (ENOENT)`,
    ]);
  });

  test('that is empty is refused', async () => {
    const file = 'credentials: { a: { username: u, password: { file: empty } } }';

    expect((await load({ file, secrets: { empty: '\n' } })).problems).toMatchObject([
      { message: 'this secret is empty' },
    ]);
  });
});

test('proxies are named by their address or network, in numbers', async () => {
  const read = (written: string) => load({ file: `trusted-proxies: [${written}]` });

  const right = await read("127.0.0.1, 10.42.0.0/16, '::1', 'fd00::/8'");
  const wrong = await read("localhost, '*', 10.0.0.0/33, '10.0.0', 10.0.0.0/8/8, 'fd00::/129', 10.0.0.0/");

  expect(right.config?.trustedProxies).toEqual(['127.0.0.1', '10.42.0.0/16', '::1', 'fd00::/8']);
  expect(wrong.problems.map(({ message }) => message)).toEqual(Array(7).fill('this is no address'));
});
