import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './run-command.ts';

export interface Certificate {
  /** Files. */
  key: string;
  certificate: string;
}

/**
 * A certificate for 127.0.0.1 that no authority but itself vouches for. Subversion compares host names with DNS names only,
 * even when the host is an address; Git wants an address for one.
 */
export async function makeCertificate(folder: string, name = '127.0.0.1'): Promise<Certificate> {
  const pair = { key: join(folder, 'server.key'), certificate: join(folder, 'server.crt') };
  await runCommand('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2'],
    ...['-subj', '/CN=trunkline-test'],
    ...['-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`],
    ...['-keyout', pair.key, '-out', pair.certificate],
  ]);
  return pair;
}

/** The same certificate, but that it was valid in 2020 only. */
export async function letExpire({ key, certificate }: Certificate): Promise<void> {
  const [request, config] = [`${certificate}.csr`, `${certificate}.cnf`];
  const lines = [
    ...['[ca]', 'default_ca = one', '[one]', `database = ${certificate}.index`, 'rand_serial = yes'],
    ...[
      `new_certs_dir = ${dirname(certificate)}`,
      'default_md = sha256',
      'policy = any',
      'copy_extensions = copy',
    ],
    ...['[any]', 'commonName = supplied', ''],
  ];
  await writeFile(config, lines.join('\n'));
  await writeFile(`${certificate}.index`, '');
  const from = ['-in', certificate, '-signkey', key, '-copy_extensions', 'copyall'];
  await runCommand('openssl', ['x509', '-x509toreq', ...from, '-out', request]);
  const span = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];
  await runCommand('openssl', [
    ...['ca', '-batch', '-selfsign', '-notext', '-config', config, '-keyfile', key, ...span],
    ...['-in', request, '-out', certificate],
  ]);
}
