import type { RepositoryConfig } from '../config/server-config.ts';

/** Asks no question, hands on neither agent nor display, and gives up a host that has stopped answering. */
export function sshArguments(ssh: RepositoryConfig['ssh']): string[] {
  return [
    ...['-T', '-x', '-a', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes'],
    ...['-o', 'ConnectTimeout=15', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=3'],
    ...(ssh === null ? [] : identity(ssh)),
  ];
}

export function inQuotes(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function identity({ key, knownHosts }: { key: string; knownHosts: string }): string[] {
  return [
    ...['-F', 'none', '-i', literalForSsh(key), '-o', 'IdentitiesOnly=yes'],
    ...['-o', `UserKnownHostsFile=${inQuotes(literalForSsh(knownHosts))}`],
    ...['-o', 'GlobalKnownHostsFile=none'],
  ];
}

/** ssh replaces `%h` and the like in file names. */
function literalForSsh(path: string): string {
  return path.replaceAll('%', '%%');
}
