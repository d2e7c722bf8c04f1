import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';

/** Paths of PEM files. */
export type KeyPair = { key: string; certificate: string };

export type ClusterCertificates = {
  authority: KeyPair;
  apiServer: KeyPair;
  /** A member of system:masters: may do everything. */
  admin: KeyPair;
  /** Signs the tokens of service accounts. */
  serviceAccountKey: string;
};

/** Makes an authority of one day's use and what it certifies, in this folder, for an API server at this address. */
export async function makeCertificates(folder: string, apiAddress: string): Promise<ClusterCertificates> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = ['localhost', 'kubernetes.default'].map((name) => `DNS:${name}`);
  const addresses = [apiAddress, '10.96.0.1'].map((address) => `IP:${address}`);
  const authority = await issue({ folder, name: 'authority', subject: '/CN=trunkline-test' });
  const serviceAccountKey = join(folder, 'service-account.key');
  await runCommand('openssl', ['genrsa', '-out', serviceAccountKey, '2048']);
  return {
    authority,
    apiServer: await issue({
      ...{ folder, authority, name: 'api-server', subject: '/CN=kube-apiserver' },
      extension: `subjectAltName=${[...names, ...addresses].join(',')}`,
    }),
    admin: await issue({
      ...{ folder, authority, name: 'admin', subject: '/O=system:masters/CN=admin' },
      extension: 'extendedKeyUsage=clientAuth',
    }),
    serviceAccountKey,
  };
}

type Request = { folder: string; name: string; subject: string; authority?: KeyPair; extension?: string };

async function issue({ folder, name, subject, authority, extension }: Request): Promise<KeyPair> {
  const pair = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.crt`) };
  await runCommand('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-days', '30', '-subj', subject],
    ...['-keyout', pair.key, '-out', pair.certificate],
    ...(authority
      ? ['-CA', authority.certificate, '-CAkey', authority.key, '-addext', 'basicConstraints=CA:FALSE']
      : []),
    ...(extension ? ['-addext', extension] : []),
  ]);
  return pair;
}

/** A kubeconfig (JSON is YAML) whose one context, "trunkline-test", is the administrator. */
export async function adminKubeconfig(
  server: string,
  { authority, admin }: ClusterCertificates,
): Promise<string> {
  const name = 'trunkline-test';
  const cluster = { server, 'certificate-authority-data': await base64(authority.certificate) };
  const user = {
    'client-certificate-data': await base64(admin.certificate),
    'client-key-data': await base64(admin.key),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  });
}

async function base64(file: string): Promise<string> {
  return (await readFile(file)).toString('base64');
}
