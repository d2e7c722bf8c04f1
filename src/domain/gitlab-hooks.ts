import { z } from 'zod';

/** What is read of the list of a project's webhooks; versions before 15 tell nothing of how they fare. */
const hooks = z.array(
  z.looseObject({
    id: z.int(),
    url: z.string(),
    alert_status: z.string().nullish(),
    disabled_until: z.string().nullish(),
  }),
);

/** A webhook to which GitLab sends nothing any more, since too many deliveries were not answered well. */
export interface StoppedHook {
  id: number;
  /** ISO 8601; null: for good. */
  until: string | null;
}

/**
 * Those of our webhooks that GitLab has stopped.
 * @param own this server's address; null: it is not known, and every webhook that looks like ours counts
 * @returns null for what is no such list
 */
export function stoppedHooks(body: string, own: string | null): StoppedHook[] | null {
  const parsed = hooks.safeParse(jsonOf(body));
  if (!parsed.success) return null;
  return parsed.data
    .filter(
      ({ url, alert_status: status }) => isOurs(url, own) && /^(?:temporarily_)?disabled$/.test(status ?? ''),
    )
    .map(({ id, disabled_until: until }) => ({ id, until: until ?? null }));
}

function isOurs(url: string, own: string | null): boolean {
  const hook = URL.parse(url);
  const server = own === null ? null : URL.parse(own);
  if (hook === null || !hook.pathname.endsWith('/hooks/gitlab')) return false;
  return server === null || hook.host === server.host;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
