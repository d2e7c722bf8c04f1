import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SubversionRepositoryConfig } from '../../config/server-config.ts';
import { Fault } from '../../domain/fault.ts';
import { replaceFile } from '../replace-file.ts';
import { inQuotes, sshArguments } from '../ssh-arguments.ts';
import { sshPort } from './canonical-url.ts';

/**
 * Writes Subversion's configuration of one repository and returns its folder: nothing of the account that the server
 * runs under gets in, no password is kept, and no tunnel exists but one fixed ssh. Safe to repeat and to race.
 */
export async function writeSvnConfig(
  repository: SubversionRepositoryConfig,
  stateDir: string,
): Promise<string> {
  const folder = join(stateDir, 'subversion', encodeURIComponent(repository.name));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await replaceFile(join(folder, 'config'), clientConfig(repository));
  await replaceFile(join(folder, 'servers'), serversConfig(repository));
  return folder;
}

/** `use-commit-times` makes the same revision the same tree, its times included. */
function clientConfig(repository: SubversionRepositoryConfig): string {
  return [
    '[auth]',
    ...['password-stores =', 'store-passwords = no', 'store-ssl-client-cert-pp = no'],
    '[tunnels]',
    `ssh = ${configValue(sshCommand(repository))}`,
    '[miscellany]',
    ...['use-commit-times = yes', 'enable-auto-props = no', ''],
  ].join('\n');
}

function serversConfig({ ca, clientCertificate }: SubversionRepositoryConfig): string {
  const trust = ca === null ? [] : [`ssl-authority-files = ${configValue(ca)}`, 'ssl-trust-default-ca = no'];
  const own = clientCertificate === null ? [] : [`ssl-client-cert-file = ${configValue(clientCertificate)}`];
  return ['[global]', 'store-auth-creds = no', 'http-timeout = 60', ...trust, ...own, ''].join('\n');
}

function sshCommand({ ssh, url }: SubversionRepositoryConfig): string {
  const port = sshPort(url);
  const command = ['ssh', ...sshArguments(ssh), ...(port === undefined ? [] : ['-p', port]), '--'];
  return command.map(quoteForSubversion).join(' ');
}

/** Subversion splits the command as a shell would, without any expansion. */
function quoteForSubversion(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : inQuotes(argument);
}

/** A line break would begin another setting, and `%(` names another one. */
function configValue(value: string): string {
  if (!/[\r\n]|%\(/.test(value)) return value;
  throw new Fault(
    'internal',
    `Writing Subversion's configuration failed: ${JSON.stringify(value)} cannot be part of it`,
    {
      hint: 'Use file names without line breaks and without "%("',
      isRetryable: false,
    },
  );
}
