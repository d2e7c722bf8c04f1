import { randomUUIDv7 } from 'node:crypto';
import type { Json, JsonObject } from '../domain/json.ts';
import { revisionKey, type StoredEvent } from '../store/events.ts';
import type { Intake } from './intake.ts';

export interface HookDelivery {
  source: 'svn-hook' | 'jenkins-hook';
  /** Whom `findHookRepository` recognised. */
  repository: string;
  /** A changed revision property corrects what is stored of that revision and starts nothing. */
  kind: 'commit' | 'revprop';
  /** null: something was committed, the hook does not say what. */
  revision: number | null;
  remote: string | null;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Json;
}

/**
 * Stores a hook's delivery, durable when this resolves; only then it may be answered. Nothing outside the database is
 * asked, so the time does not depend on Subversion or on the number of pipelines.
 * @returns the event's id; for a repeated delivery the first one's, with `isNew: false`
 */
export async function acceptEvent(intake: Intake, delivery: HookDelivery): Promise<StoredEvent> {
  const { repository, kind, revision } = delivery;
  return intake.store({
    // One that grows with time: hooks that come by the thousand all go to the same end of the index.
    id: randomUUIDv7(),
    source: delivery.source,
    repository,
    deliveryKey: revision === null ? null : revisionKey(kind, `${revision}`),
    remote: delivery.remote,
    headers: keptHeaders(delivery.headers),
    body: delivery.body,
    revision: revision === null ? null : `${revision}`,
    state: 'received',
  });
}

/** A short list of what may be kept, because what else a client sends may be a secret. */
const harmlessHeaders = [
  ...['content-type', 'user-agent', 'x-forwarded-for', 'x-request-id'],
  ...['x-gitlab-event', 'x-gitlab-instance', 'idempotency-key', 'webhook-id', 'webhook-timestamp'],
  ...['x-github-event', 'x-github-delivery', 'x-gitea-event', 'x-gitea-delivery'],
  ...['x-forgejo-event', 'x-forgejo-delivery'],
];

export function keptHeaders(headers: HookDelivery['headers']): JsonObject {
  const kept: Record<string, Json> = {};
  for (const name of harmlessHeaders) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
