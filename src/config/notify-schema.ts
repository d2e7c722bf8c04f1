import { z } from 'zod';
import { type ReceiverKind, receiverKinds } from '../domain/chat-post.ts';
import { languages, notices } from '../domain/notification.ts';
import { besideKnownKeys } from '../domain/rules-beside-mistakes.ts';
import { includingPatterns, name } from '../domain/text-schemas.ts';
import type { YamlPath } from '../domain/yaml-document.ts';
import { type ConfigReading, readableFile, readSecret, report } from './config-reading.ts';
import { mailSchema, resolveMail } from './mail-schema.ts';
import type { NotifierConfig } from './notifier-config.ts';
import { type CredentialsByName, eachOf } from './resolve-server-config.ts';
import { authority, secretReference } from './shared-schemas.ts';

function receiver(description: string, secret: string | null) {
  const url = secretReference.meta({
    description: 'Its address, which is as good as a password: whoever has it may write there.',
    examples: [{ file: '/run/secrets/chat-url' }],
  });
  const keys = secret === null ? {} : { secret: secretReference.optional().meta({ description: secret }) };
  return z
    .strictObject({ url, ...keys, ca: authority })
    .optional()
    .meta({ description });
}

const kinds = {
  dingtalk: receiver(
    'A robot of a DingTalk group, with "additional signature", or with the keyword `#`.',
    'What its messages are signed with (`SEC...`).',
  ),
  feishu: receiver('A custom bot of a Feishu (Lark) group.', 'What its messages are signed with.'),
  wecom: receiver('A robot of a WeCom group.', null),
  slack: receiver('An incoming webhook of Slack, or of what takes the same (Mattermost, Rocket.Chat).', null),
  webhook: receiver(
    'Any program: JSON, `{type, items: [{notice, runId, pipeline, number, branch, revision, author, outcome, reason, step, page}]}`.',
    'What requests are signed with, as Standard Webhooks say (`webhook-signature`, over `webhook-id`, `webhook-timestamp` and the body).',
  ),
} satisfies Record<ReceiverKind, z.ZodType>;

const everyKind = [...receiverKinds, 'mail'] as const;

/** An entry of `notify`. */
export const notifySchema = z
  .strictObject({
    ...kinds,
    mail: mailSchema
      .optional()
      .meta({ description: 'A mail server (SMTP); what happens within a minute is one mail.' }),
    on: z
      .array(z.enum(notices))
      .min(1, 'an empty list tells nothing')
      .default(['failure', 'fixed', 'approval'])
      .meta({
        description:
          'What is told: `failure`, a run that has failed, timed out, was rejected or ended by a fault; `first-failure`, only when the run before it on its branch went well; `fixed`, the first run that goes well after one that did not; `success`, each run that goes well; `approval`, a step waits for people. Cancelled and superseded runs are not told of.',
        examples: [['first-failure', 'fixed'], ['approval']],
      }),
    pipelines: z
      .array(name)
      .min(1, 'name at least one pipeline')
      .optional()
      .meta({ description: 'Pipelines whose runs count. Default: all.', examples: [['cart', 'web']] }),
    branches: includingPatterns()
      .optional()
      .meta({
        description: 'Branches whose runs count. Default: all.',
        examples: [['trunk', 'branches/release-*']],
      }),
    language: z.enum(languages).default('en').meta({ description: 'The language of the messages.' }),
  })
  .refine((written) => everyKind.filter((kind) => written[kind] !== undefined).length === 1, {
    message: `somebody to tell is one of: ${everyKind.join(', ')}`,
    ...besideKnownKeys,
  });
type WrittenNotifier = z.infer<typeof notifySchema>;

export function resolveNotifiers(
  reading: ConfigReading,
  written: Record<string, WrittenNotifier> | undefined,
  credentials: CredentialsByName,
): Promise<Record<string, NotifierConfig>> {
  return eachOf(written, async (name, notifier) => {
    const path: YamlPath = ['notify', name];
    const common = {
      name,
      wanted: notifier.on,
      pipelines: notifier.pipelines ?? null,
      branches: notifier.branches ?? null,
      language: notifier.language,
    };
    const { mail } = notifier;
    if (mail === undefined) return { ...common, ...(await resolveReceiver(reading, notifier, path)) };
    const server = await resolveMail(reading, mail, { path: [...path, 'mail'], credentials });
    return { ...common, kind: 'mail', server };
  });
}

async function resolveReceiver(reading: ConfigReading, notifier: WrittenNotifier, above: YamlPath) {
  const kind = receiverKinds.find((known) => notifier[known] !== undefined) ?? 'webhook';
  const path = [...above, kind];
  const { url, ca, ...more } = notifier[kind] ?? { url: { env: '' } };
  const address = await readSecret(reading, url, [...path, 'url']);
  // What is wrong with it is not repeated: the address is a secret.
  if (address.reveal() !== '' && !/^https?:\/\/[^\s@]+$/.test(address.reveal()))
    report(reading, [...path, 'url'], { message: 'an address begins with https:// or http://' });
  const { secret } = { secret: undefined, ...more };
  return {
    kind,
    address,
    secret: secret === undefined ? null : await readSecret(reading, secret, [...path, 'secret']),
    ca: await readableFile(reading, ca, [...path, 'ca']),
  };
}
