import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const tables of [inbox, runs, deliveries]) await sql.raw(tables).execute(db);
}

const inbox = `
  create table watcher (
    repository text primary key,
    url text not null,
    root_url text,
    uuid text,
    generation integer not null default 1,
    cursor bigint,
    state text not null default 'new' check (state in ('new', 'ok', 'failing')),
    failing_since timestamptz,
    last_error text,
    failures integer not null default 0,
    polled_at timestamptz,
    next_poll_at timestamptz not null default now(),
    last_hook_at timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    check ((claimed_by is null) = (claimed_until is null))
  );
  create index watcher_uuid on watcher (uuid);

  create table event (
    id text primary key,
    source text not null check (source in ('svn-hook', 'jenkins-hook', 'poll', 'api')),
    repository text,
    delivery_key text unique,
    received_at timestamptz not null default now(),
    remote text,
    headers jsonb not null,
    body jsonb not null,
    state text not null default 'received' check (state in ('received', 'handled', 'failed')),
    handled_at timestamptz,
    attempts integer not null default 0,
    error text,
    revision text
  );
  create index event_list on event (received_at desc, id desc);
  create index event_of_repository on event (repository, received_at desc, id desc);
  create index event_waiting on event (received_at) where state = 'received';

  create table change (
    id text primary key,
    repository text not null,
    generation integer not null,
    branch text not null,
    move bigint not null,
    revision text not null,
    author text,
    committed_at timestamptz,
    message text not null,
    paths jsonb not null,
    path_count integer not null,
    event_id text references event on delete set null,
    created_at timestamptz not null default now(),
    unique (repository, generation, branch, move)
  );
  create index change_of_event on change (event_id);
`;

const runs = `
  create table run (
    id text primary key,
    number integer not null,
    pipeline text not null,
    pipeline_source text not null,
    definition jsonb not null,
    repository text not null,
    generation integer not null,
    branch text not null,
    move bigint not null,
    revision text not null,
    author text,
    committed_at timestamptz,
    message text not null,
    identity text unique,
    trigger text not null check (trigger in ('commit', 'api', 'retry', 'rerun')),
    requested_by text not null,
    parameters jsonb not null,
    event_id text references event on delete set null,
    concurrency_group text not null,
    state text not null default 'queued' check (state in ('queued', 'running', 'ended')),
    outcome text check (outcome in
      ('succeeded', 'failed', 'timed-out', 'cancelled', 'superseded', 'rejected', 'errored')),
    reason text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    cancel_requested_at timestamptz,
    cancel_requested_by text,
    cancel_rollout text check (cancel_rollout in ('leave', 'roll-back')),
    deliveries integer not null default 0,
    delivered_at timestamptz not null default now(),
    unique (pipeline, number),
    check ((state = 'ended') = (outcome is not null)),
    check ((state = 'ended') = (ended_at is not null))
  );
  create index run_list on run (created_at desc, id desc);
  create index run_open on run (created_at) where state <> 'ended';
  create index run_group_open on run (pipeline, concurrency_group, number) where state <> 'ended';
  create index run_of_branch on run (repository, branch, created_at desc, id desc);
  create index run_of_event on run (event_id);

  create table decision (
    change_id text not null references change on delete cascade,
    pipeline text not null,
    verdict text not null check (verdict in ('run', 'skip')),
    filters jsonb not null,
    run_id text references run on delete set null,
    created_at timestamptz not null default now(),
    primary key (change_id, pipeline),
    check (verdict = 'run' or run_id is null)
  );
  create index decision_of_run on decision (run_id);

  create table step (
    run_id text not null references run on delete cascade,
    id text not null,
    position integer not null,
    kind text not null,
    state text not null default 'pending' check (state in ('pending', 'running', 'ended')),
    outcome text check (outcome in
      ('succeeded', 'failed', 'timed-out', 'cancelled', 'superseded', 'rejected', 'errored', 'skipped')),
    reason text,
    attempt integer not null default 0,
    started_at timestamptz,
    ended_at timestamptz,
    output jsonb,
    journal jsonb,
    primary key (run_id, id),
    unique (run_id, position),
    check ((state = 'ended') = (outcome is not null))
  );

  create table lease (
    run_id text primary key references run on delete cascade,
    owner text not null,
    fencing bigint not null check (fencing > 0),
    expires_at timestamptz not null
  );
  create index lease_expiry on lease (expires_at);
`;

const deliveries = `
  create table log_chunk (
    day date not null,
    run_id text not null,
    seq bigint not null check (seq > 0),
    step_id text not null,
    at timestamptz not null default now(),
    text text not null check (octet_length(text) <= 32768),
    primary key (run_id, seq, day)
  ) partition by range (day);

  create table deployment (
    id text primary key,
    run_id text not null references run,
    step_id text not null,
    environment text not null,
    target text not null,
    deploy_id text not null,
    repository text not null,
    branch text not null,
    move bigint not null,
    revision text not null,
    state text not null check (state in ('active', 'ended')),
    outcome text check (outcome in
      ('succeeded', 'failed', 'timed-out', 'cancelled', 'superseded', 'rejected', 'errored',
       'partial', 'lost', 'suspended')),
    cause text,
    images jsonb not null,
    manifests jsonb not null,
    evidence jsonb,
    rollback jsonb,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    check ((state = 'ended') = (outcome is not null))
  );
  create unique index deployment_active on deployment (target) where state = 'active';
  create index deployment_of_target on deployment (target, started_at desc);
  create index deployment_of_environment on deployment (environment, started_at desc, id desc);
  create index deployment_of_run on deployment (run_id, step_id);

  create table token (
    id text primary key,
    name text not null,
    hash text not null unique check (hash ~ '^[0-9a-f]{64}$'),
    scopes jsonb not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz
  );

  create table worker (
    id text primary key,
    host text not null,
    pid integer not null,
    version text not null,
    concurrency integer not null,
    state text not null check (state in ('starting', 'ready', 'draining', 'gone')),
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now()
  );

  create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    who text not null,
    action text not null,
    target text not null,
    detail jsonb not null
  );
  create index audit_of_target on audit (target, at desc);
`;
