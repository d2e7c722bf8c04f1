import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { DeployStep, JobStep } from '../../src/domain/pipeline.ts';
import type { PushOutput } from '../../src/domain/step-output.ts';
import { dockerEngine } from '../support/docker.ts';
import { standInImages } from '../support/stand-ins/images.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { type DeploysUnderTest, startDeploys } from './deploy-under-test.ts';
import { manifest, pushDockerfile, reference } from './deployables.ts';

const step: Partial<DeployStep> = { strategy: 'stepped' };
const entrypoint = ['entrypoint'];
/** A version whose server ends at once, as with an extension that was forgotten. */
const broken = [
  ...['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', 'postgres'],
  ...['-D', '/var/lib/postgresql/data', '-c', 'shared_preload_libraries=forgotten'],
];

test('a PostgreSQL keeps its data through good and bad rollouts, with a backup and a migration before; no way back leads past an irreversible one', async () => {
  await using db = await startDatabase();
  const [first, good, bad] = [await db.image(entrypoint), await db.image(entrypoint), await db.image(broken)];
  const adding = "create table orders (item text); insert into orders values ('tea'), ('cup')";

  const made = await db.roll({ move: 1, image: first });
  const migrated = await db.roll({ move: 2, image: good, sql: adding });
  const again = await db.roll({ move: 2, image: good, sql: adding });
  const failed = await db.roll({ move: 3, image: bad, sql: "insert into orders values ('pot')" });
  const itemsAfterFailure = await db.items();
  const imageAfterFailure = await db.runningImage();
  const stranded = await db.roll({
    ...{ move: 4, image: bad, irreversible: true },
    sql: 'alter table orders rename item to article',
  });

  expect(made.deploy).toMatchObject({ outcome: 'succeeded' });
  expect(migrated).toMatchObject({
    backup: { outcome: 'succeeded', output: { job: expect.stringMatching(/^backup-/) } },
    migrate: { outcome: 'succeeded', output: { job: expect.stringMatching(/^migrate-/) } },
    deploy: { outcome: 'succeeded', output: { images: [reference(good)] } },
  });
  expect(again).toMatchObject({
    backup: { outcome: 'succeeded', output: { job: expect.stringMatching(/^backup-/) } },
    migrate: { outcome: 'succeeded', note: expect.stringMatching(/^skipped: the same job has succeeded/) },
    deploy: { outcome: 'succeeded' },
  });
  expect(failed.deploy).toEqual({
    outcome: 'failed',
    reason: expect.stringMatching(
      /^1 of 1 new pods: container `api` exits 1 right after start; .*; rolled back to r2$/,
    ),
  });
  expect(itemsAfterFailure).toEqual(['cup', 'pot', 'tea']);
  expect(imageAfterFailure).toBe(reference(good));
  expect(stranded.migrate).toMatchObject({ outcome: 'succeeded', output: { irreversible: true } });
  expect(stranded.deploy).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining(
      'not rolled back to r2, past job step `migrate` of cart #5, which is irreversible: mend it',
    ),
  });
  expect(await db.newestBackup()).toMatch(/\ntea\ncup\npot\n/);
});

interface Roll {
  move: number;
  image: PushOutput;
  /** Of the migration; a backup is made before. Neither without. */
  sql?: string;
  irreversible?: boolean;
}

/** A namespace with volumes for a database and its backups. */
async function startDatabase() {
  await using resources = new AsyncDisposableStack();
  const deploys = resources.use(await startDeploys());
  const folder = resources.use(await temporaryFolder());
  for (const claim of ['data-db-0', 'backups']) {
    const volume = `${deploys.namespace}-${claim}`;
    await deploys.apply(JSON.stringify(volumeOf({ volume, claim, path: join(folder.path, claim) }, deploys)));
    resources.defer(async () => void (await deploys.kubectl('delete', 'pv', volume, '--wait=false')));
  }
  // What still writes would be in the way of whoever removes the folder.
  resources.defer(async () => {
    await deploys.kubectl('delete', 'statefulsets,jobs', '--all');
    await waitFor(async () => (await deploys.kubectl('get', 'pods', '-o', 'name')) === '', {
      what: 'no pods',
      deadlineMs: 60_000,
    });
  });
  await deploys.apply(claimOf('backups'));
  const { host } = await dockerEngine();
  const psql = (sql: string) =>
    deploys.kubectl(
      ...[
        'exec',
        'db-0',
        '--',
        'env',
        'PGPASSWORD=tea-time',
        'psql',
        '-h',
        '/tmp',
        '-U',
        'shop',
        '-Atc',
        sql,
      ],
    );
  const owned = resources.move();
  return {
    // Pods of jobs may still be there.
    runningImage: () => deploys.kubectl('get', 'pod', 'db-0', '-o', 'jsonpath={.spec.containers[0].image}'),
    items: async () => (await psql('select item from orders order by item')).trim().split('\n'),
    newestBackup: () => readFile(join(folder.path, 'backups', 'newest.sql'), 'utf8'),
    async image(command: string[]): Promise<PushOutput> {
      await using _names = await standInImages(host);
      const dockerfile = `FROM postgres:17\nENTRYPOINT ${JSON.stringify(command)}`;
      return await pushDockerfile(deploys.registry, { dockerfile, name: 'shop/db' });
    },
    /** A run of backup, migration, and deployment. */
    async roll({ move, image, sql, irreversible }: Roll) {
      const run = await deploys.run({ move, jobs: sql === undefined ? [] : ['backup', 'migrate'] });
      const pushes = { push: image };
      const backup =
        sql === undefined ? null : await run.job(jobOf('backup', { everyTime: true }), files(sql));
      const change = jobOf('migrate', irreversible === true ? { irreversible } : {});
      const migrate = sql === undefined ? null : await run.job(change, files(sql));
      const deploy = await run.deploy({ step, pushes, files: database });
      await run.end();
      return { backup, migrate, deploy };

      function files(text: string) {
        return { pushes, files: { 'backup.yaml': backupManifest, 'migrate.yaml': migrateManifest(text) } };
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const database = {
  'deploy/db.yaml': manifest({
    kind: 'StatefulSet',
    name: 'db',
    spec: { volumeClaimTemplates: [volumeClaim('data')] },
    container: {
      image: 'shop/db',
      env: [
        { name: 'POSTGRES_USER', value: 'shop' },
        { name: 'POSTGRES_DB', value: 'shop' },
        { name: 'POSTGRES_PASSWORD_FILE', value: '/run/secrets/db/password' },
      ],
      volumeMounts: [
        { name: 'data', mountPath: '/var/lib/postgresql/data' },
        { name: 'password', mountPath: '/run/secrets/db' },
      ],
      readinessProbe: {
        exec: { command: ['pg_isready', '-h', '/tmp'] },
        periodSeconds: 1,
        timeoutSeconds: 10,
      },
    },
    pod: { volumes: [{ name: 'password', secret: { secretName: 'db' } }], terminationGracePeriodSeconds: 20 },
  }),
  'deploy/service.yaml': JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' } },
    spec: { selector: { app: 'db' }, ports: [{ port: 5432 }] },
  }),
  'deploy/secret.yaml': JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' } },
    stringData: { password: 'tea-time' },
  }),
};

const backupManifest = job('backup', 'pg_dump --file=/backups/newest.sql', {
  volumes: [{ name: 'backups', persistentVolumeClaim: { claimName: 'backups' } }],
});

function migrateManifest(sql: string): string {
  return job('migrate', `psql --set=ON_ERROR_STOP=1 --single-transaction --command="${sql}"`);
}

/** Through the Service, whose address pods that are made later find in their environment. */
function job(
  name: string,
  command: string,
  pod: { volumes?: { name: string }[] & JsonObject[] } = {},
): string {
  const container = {
    ...{ name: 'sql', image: 'shop/db', command: ['sh', '-c', `PGHOST=$DB_SERVICE_HOST ${command}`] },
    env: [
      { name: 'PGUSER', value: 'shop' },
      { name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
    ],
    volumeMounts: (pod.volumes ?? []).map((volume) => ({ name: volume.name, mountPath: `/${volume.name}` })),
  };
  const spec = { template: { spec: { containers: [container], ...pod } } };
  return JSON.stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec });
}

function jobOf(id: string, more: Pick<JobStep, 'everyTime' | 'irreversible'>): JobStep {
  return {
    ...{ id, kind: 'job', needs: [], timeoutMs: 120_000, retry: { max: 0, on: [] } },
    ...{ environment: 'staging', source: { manifest: `${id}.yaml` } },
    ...more,
  };
}

/** Nobody provides volumes here: one of the node's own folders for one claim. */
function volumeOf(
  { volume, claim, path }: { volume: string; claim: string; path: string },
  { namespace }: DeploysUnderTest,
): JsonObject {
  return {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: volume } },
    spec: {
      ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: '' },
      hostPath: { path, type: 'DirectoryOrCreate' },
      claimRef: { namespace, name: claim },
    },
  };
}

function volumeClaim(name: string): JsonObject {
  const resources = { requests: { storage: '1Gi' } };
  return { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources } };
}

function claimOf(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...volumeClaim(name) });
}
