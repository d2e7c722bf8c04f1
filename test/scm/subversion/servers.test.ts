import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startApacheSubversion } from '../../support/apache-subversion.ts';
import { type Certificate, makeCertificate } from '../../support/certificate.ts';
import { runCommand } from '../../support/run-command.ts';
import { startSshServer } from '../../support/ssh-server.ts';
import { startSubversion } from '../../support/subversion.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { collect, noStop, subversionAt } from './subversion-at.ts';

test('a repository is read over svn+ssh with a key and a known host', async () => {
  await using svn = await startSubversion();
  await using ssh = await startSshServer({ command: svnserve(svn.path) });
  await svn.commit({ files: { 'trunk/中文.txt': 'over ssh' } });
  await using folder = await temporaryFolder();
  const [key, knownHosts] = [join(folder.path, 'the key'), join(folder.path, 'known "h" 100%h\\')];
  await cp(ssh.key, key);
  await cp(ssh.knownHosts, knownHosts);
  const root = `svn+ssh://${ssh.username}@127.0.0.1:${ssh.port}/shop`;
  await using source = await subversionAt(root, { ssh: { key, knownHosts } });

  const identity = await source.scm.identify(noStop());
  const [revision] = await collect(source.scm.revisions({ from: 1, to: 1 }, noStop()));
  const into = `${source.folder}/tree`;
  const tree = await source.scm.exportTree({ path: 'trunk', revision: '1', into }, noStop());

  expect(identity).toEqual({ uuid: svn.uuid, rootUrl: root, head: 1 });
  expect(revision?.paths.at(-1)?.path).toBe('trunk/中文.txt');
  expect(tree).toMatchObject({ files: 1, bytes: 8 });
  expect(source.scm.urlOf({ path: 'trunk', revision: '1' })).toBe(
    `svn+ssh://127.0.0.1:${ssh.port}/shop/trunk@1`,
  );
});

test('an ssh server that nobody has vouched for is not talked to', async () => {
  await using svn = await startSubversion();
  await using ssh = await startSshServer({ command: svnserve(svn.path) });
  const root = `svn+ssh://${ssh.username}@127.0.0.1:${ssh.port}/shop`;
  await using source = await subversionAt(root, { ssh: { key: ssh.key, knownHosts: '/dev/null' } });

  const identifying = source.scm.identify(noStop());

  await expect(identifying).rejects.toMatchObject({ code: 'scm-unreachable' });
});

test('a repository is read over https when its authority is named', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a b/100%.txt': 'over https' } });
  await using apache = await startApacheSubversion(svn.path, 's3cret');
  await using source = await subversionAt(apache.root, { ca: apache.ca, password: 's3cret' });

  const identity = await source.scm.identify(noStop());
  const text = await source.scm.readFile({ path: 'trunk/a b/100%.txt', revision: '1' }, noStop());
  const [revision] = await collect(source.scm.revisions({ from: 1, to: 1 }, noStop()));
  const into = `${source.folder}/tree`;
  const tree = await source.scm.exportTree({ path: 'trunk', revision: '1', into }, noStop());

  expect(identity).toEqual({ uuid: svn.uuid, rootUrl: apache.root, head: 1 });
  expect(text).toBe('over https');
  expect(revision?.paths.at(-1)).toEqual({ path: 'trunk/a b/100%.txt', action: 'added', kind: 'file' });
  expect(tree).toMatchObject({ files: 1, bytes: 10 });
});

test.each([
  ['a certificate of an unknown authority', { ca: null, password: 's3cret' }, '"ca"'],
  ['a wrong password', { password: 'wrong' }, '"svn"'],
  ['no login', {}, '"credentials"'],
])('%s over https is refused for good, with what to do', async (_title, overrides, advice) => {
  await using svn = await startSubversion();
  await using apache = await startApacheSubversion(svn.path, 's3cret');
  await using source = await subversionAt(apache.root, { ca: apache.ca, ...overrides });

  const identifying = source.scm.identify(noStop());

  await expect(identifying).rejects.toMatchObject({
    code: 'scm-denied',
    isRetryable: false,
    hint: expect.stringContaining(advice),
  });
});

test('plain http is refused unless the configuration allows it', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'plain' } });
  await using apache = await startApacheSubversion(svn.path, 's3cret');

  await using allowed = await subversionAt(apache.plainRoot, {
    password: 's3cret',
    allowedSchemes: ['http'],
  });

  await expect(subversionAt(apache.plainRoot)).rejects.toMatchObject({ code: 'scm-denied' });
  expect(await allowed.scm.head(noStop())).toBe(1);
});

test('a path deleted later is read over https at the revision that had it', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'first' } });
  await svn.commit({ files: { 'trunk/a.txt': null } });
  await using apache = await startApacheSubversion(svn.path, 's3cret');
  await using source = await subversionAt(apache.root, { ca: apache.ca, password: 's3cret' });

  const text = await source.scm.readFile({ path: 'trunk/a.txt', revision: '1' }, noStop());
  const gone = source.scm.readFile({ path: 'trunk/a.txt', revision: '2' }, noStop());

  expect(text).toBe('first');
  await expect(gone).rejects.toMatchObject({ code: 'scm-gone', isRetryable: false });
});

test('a server that asks its clients for a certificate is given the one that is configured', async () => {
  await using svn = await startSubversion();
  await svn.commit({ files: { 'trunk/a.txt': 'a' } });
  await using folder = await temporaryFolder();
  const client = await makeClientCertificate(folder.path);
  await using apache = await startApacheSubversion(svn.path, 's3cret', { clientCa: client.certificate });
  const overrides = { ca: apache.ca, password: 's3cret' };
  await using source = await subversionAt(apache.root, { ...overrides, clientCertificate: client.bundle });
  await using stranger = await subversionAt(apache.root, overrides);

  const identity = await source.scm.identify(noStop());
  const into = `${source.folder}/tree`;
  const tree = await source.scm.exportTree({ path: 'trunk', revision: '1', into }, noStop());

  expect(identity).toEqual({ uuid: svn.uuid, rootUrl: apache.root, head: 1 });
  expect(tree).toMatchObject({ files: 1 });
  await expect(stranger.scm.identify(noStop())).rejects.toMatchObject({
    code: 'scm-unreachable',
    hint: expect.stringContaining('client-certificate'),
  });
});

async function makeClientCertificate(folder: string): Promise<Certificate & { bundle: string }> {
  const made = await makeCertificate(folder);
  const bundle = join(folder, 'the "client" 证.p12');
  const parts = ['-inkey', made.key, '-in', made.certificate, '-out', bundle, '-passout', 'pass:'];
  await runCommand('openssl', ['pkcs12', '-export', ...parts]);
  return { ...made, bundle };
}

function svnserve(repository: string): string {
  return `svnserve -t -r '${dirname(repository)}'`;
}
