import { shortestSecret } from '../domain/secret.ts';
import type { YamlPath } from '../domain/yaml-document.ts';
import { type ConfigReading, readSecret, report } from './config-reading.ts';
import { eachOf } from './resolve-server-config.ts';
import type { StepSecret } from './server-config.ts';
import type { WrittenServerConfig } from './server-config-schema.ts';

/** The kernel takes no variable of more than 128 KiB. */
const mostBytes = 64 * 1024;

/** What steps get as variables: what cannot be masked or given is a problem. */
export function resolveSecrets(
  reading: ConfigReading,
  { secrets }: WrittenServerConfig,
): Promise<Record<string, StepSecret>> {
  return eachOf(secrets, async (name, { value, pipelines, branches, ...access }) => {
    const path: YamlPath = ['secrets', name, 'value'];
    const secret = await readSecret(reading, value, path);
    const message = mistakeOf(secret.reveal());
    if (message !== null) report(reading, path, { message });
    return {
      value: secret,
      pipelines: pipelines === 'all' ? null : pipelines,
      branches: branches ?? null,
      mergeRequests: access['merge-requests'],
    };
  });
}

/** An empty one has been reported. */
function mistakeOf(secret: string): string | null {
  if (secret !== '' && secret.length < shortestSecret)
    return `this secret is shorter than ${shortestSecret} characters: it could not be masked in logs`;
  if (secret.includes('\0')) return 'this secret has a NUL character: no variable can hold it';
  return Buffer.byteLength(secret) > mostBytes ? `this secret is longer than ${mostBytes / 1024} KiB` : null;
}
