import { z } from 'zod';
import { timestamp } from './shared.ts';

export const dnsSchema = z
  .object({
    environment: z.string(),
    server: z.enum(['coredns', 'kube-dns']),
    object: z.string().describe('`configmap/coredns`'),
    namespace: z.string(),
    changes: z
      .array(
        z.object({
          key: z.string().describe('A key of the ConfigMap'),
          before: z.string().nullable().describe('null: it is not there'),
          after: z.string().nullable().describe('null: it is taken out'),
        }),
      )
      .describe('What differs from the config; as an answer to an apply: what was written'),
    last: z
      .object({
        state: z
          .enum(['trying', 'kept', 'restored'])
          .describe('`trying`: it is being watched; `restored`: the former content was put back'),
        at: timestamp.describe('When it was written'),
        text: z.string().describe('Why, in one line'),
      })
      .nullable()
      .describe('What came of the last apply; null: none is known'),
  })
  .meta({ id: 'Dns', description: "What the DNS of an environment's cluster has and is to have" });
