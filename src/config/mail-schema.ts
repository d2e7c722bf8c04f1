import { z } from 'zod';
import { checkedText } from '../domain/text-schemas.ts';
import type { YamlPath } from '../domain/yaml-document.ts';
import { type ConfigReading, readableFile, report } from './config-reading.ts';
import type { MailServer } from './notifier-config.ts';
import { type CredentialsByName, credentialsOf } from './resolve-server-config.ts';
import { authority, credentialsName } from './shared-schemas.ts';

const mailbox = checkedText((written) => {
  const inner = /^[^<>\p{Cc}]*<(?<address>[^<>]*)>$/u.exec(written)?.groups?.address ?? written;
  return /^[^\s@<>,;:"\p{Cc}]+@[^\s@<>,;:"\p{Cc}]+$/u.test(inner)
    ? null
    : 'this is no mail address\nfor example ci@example.com, or Trunkline <ci@example.com>';
});

export const mailSchema = z.strictObject({
  server: checkedText((url) => (placeOf(url) === null ? serverRule : null)).meta({
    description:
      'The mail server: `smtp://` changes to TLS before anything is said (STARTTLS, port 587), `smtps://` begins with it (port 465).',
    examples: ['smtp://mail.example.com', 'smtps://mail.example.com:465'],
  }),
  credentials: credentialsName,
  from: mailbox.meta({
    description: 'The sender.',
    examples: ['Trunkline <ci@example.com>'],
  }),
  to: z
    .array(mailbox)
    .min(1, 'name at least one')
    .max(50, 'at most 50: make a mailing list of them')
    .meta({ description: 'Who gets it.', examples: [['shop@example.com']] }),
  insecure: z.boolean().optional().meta({
    description:
      'Also without TLS where the server has none, and without looking at its certificate: for a relay in your own network, and never with `credentials`.',
    default: false,
  }),
  ca: authority,
});

const serverRule = 'a mail server is written smtp://HOST, smtp://HOST:PORT or smtps://HOST';

function placeOf(url: string): Pick<MailServer, 'host' | 'port' | 'isTls'> | null {
  const parts =
    /^(?<scheme>smtps?):\/\/(?<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?<port>[1-9]\d{0,4}))?\/?$/.exec(
      url,
    )?.groups;
  if (parts === undefined) return null;
  const isTls = parts.scheme === 'smtps';
  const port = Number(parts.port ?? (isTls ? 465 : 587));
  const host = (parts.host ?? '').replace(/^\[|\]$/g, '');
  return port > 65_535 ? null : { host, port, isTls };
}

export async function resolveMail(
  reading: ConfigReading,
  written: z.infer<typeof mailSchema>,
  { path, credentials }: { path: YamlPath; credentials: CredentialsByName },
): Promise<MailServer> {
  const insecure = written.insecure ?? false;
  if (insecure && written.credentials !== undefined)
    report(reading, [...path, 'insecure'], {
      message: 'a password does not go over a connection that anybody may read',
      hint: "take 'credentials' away, or 'insecure'",
    });
  return {
    ...(placeOf(written.server) ?? { host: '', port: 0, isTls: false }),
    insecure,
    credentials: credentialsOf(reading, credentials, {
      name: written.credentials,
      path: [...path, 'credentials'],
    }),
    from: written.from,
    to: written.to,
    ca: await readableFile(reading, written.ca, [...path, 'ca']),
  };
}
