import { join } from 'node:path';
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
export async function makeCertificate(folder: string): Promise<Certificate> {
  const pair = { key: join(folder, 'server.key'), certificate: join(folder, 'server.crt') };
  await runCommand('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2'],
    ...['-subj', '/CN=trunkline-test'],
    ...['-addext', 'subjectAltName=DNS:127.0.0.1,IP:127.0.0.1'],
    ...['-keyout', pair.key, '-out', pair.certificate],
  ]);
  return pair;
}
