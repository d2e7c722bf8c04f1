import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Api } from '../support/api.ts';
import { cart, cartPipeline, steps } from '../support/cart.ts';
import { openSite } from '../support/site.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a live log that is cut again and again, by the server too, is resumed without loss or repetition', async () => {
  await using site = await openSite();
  await site.commit(cart());
  const count = 'i=0; while [ $i -lt 80 ]; do i=$((i+1)); echo "line $i"; sleep 0.1; done';
  await using trunkline = await site.serve({ pipelines: { cart: cartPipeline([steps.run(count)]) } });
  const { api } = trunkline;
  const { id } = await api.requestRun();

  const follower = followWithCuts(api, id, 3);
  await api.waitForLog(id, 'line 20');
  await trunkline.server.kill();
  await trunkline.start();
  const followed = await follower;

  expect(await api.waitForOutcome(id, 'succeeded')).toMatchObject({ steps: [{ attempt: 2 }] });
  expect(followed.cuts).toBeGreaterThan(2);
  expect(followed.text).toBe(await api.log(id));
  expect(followed.text.match(/^line \d+$/gm)?.slice(-80)).toEqual(
    Array.from({ length: 80 }, (_, index) => `line ${index + 1}`),
  );
});

test('a secret of the config that a step prints, whole or in two writes, is nowhere to be read', async () => {
  await using site = await openSite();
  await using folder = await temporaryFolder();
  const secret = 'Xk7-registry-password-Qz9';
  const file = join(folder.path, 'password');
  await writeFile(file, secret);
  const registries = { main: { host: site.registryProxy.host, default: true, credentials: 'registry' } };
  const credentials = { registry: { username: 'ci', password: { file } } };
  await site.commit(cart());
  const commands = [
    `echo ${reversed(secret)} | rev`,
    `printf %s "$(echo ${reversed(secret.slice(0, 11))} | rev)"; sleep 1; echo ${reversed(secret.slice(11))} | rev`,
    `echo ${reversed(secret)} | rev | base64`,
    'exit 3',
  ];
  await using trunkline = await site.serve({
    config: site.config({ registries, credentials }),
    pipelines: { cart: cartPipeline([steps.run(...commands)]) },
  });
  const { api } = trunkline;

  const { id } = await api.requestRun();
  const run = await api.waitForOutcome(id, 'failed');

  const log = await api.log(id);
  const readable = [log, JSON.stringify(run), trunkline.server.stderr(), trunkline.server.stdout()];
  expect(log.match(/\*\*\*/g)?.length).toBeGreaterThan(2);
  for (const text of readable) expect(text).not.toContain(secret);
  expect(log).not.toContain(Buffer.from(secret).toString('base64').slice(0, 30));
  expect(await tablesWith(trunkline, secret)).toEqual([]);
});

/** Reads a run's live log to its end, hanging up after every few chunks, and after each end of the server. */
async function followWithCuts(api: Api, id: string, chunksPerConnection: number) {
  let text = '';
  let lastId = '';
  for (let cuts = 0; ; cuts += 1) {
    for await (const message of eventsOf(api, id, { lastId, most: chunksPerConnection })) {
      if (message.event === 'end') return { text, cuts };
      lastId = message.id ?? lastId;
      text += JSON.parse(message.data).text;
    }
  }
}

async function* eventsOf(api: Api, id: string, { lastId, most }: { lastId: string; most: number }) {
  const headers = { accept: 'text/event-stream', ...(lastId !== '' && { 'last-event-id': lastId }) };
  let seen = 0;
  try {
    const { body } = await api.fetch(`/api/v1/runs/${id}/log`, { headers });
    const events = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const event of events ?? []) {
      yield event;
      seen += 1;
      if (seen === most) return;
    }
  } catch (error) {
    // The server has just been killed.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Looks into every table of the database, whole rows as text. */
async function tablesWith(
  trunkline: { openStore(): Promise<import('../../src/store/database.ts').Store> },
  text: string,
) {
  await using store = await trunkline.openStore();
  const tables = await sql<{ name: string }>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema in ('trunkline', 'bullmq')`.execute(store.db);
  const found: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } =
      await sql`select 1 from ${sql.raw(name)} as t where strpos(t::text, ${text}) > 0 limit 1`.execute(
        store.db,
      );
    if (rows.length > 0) found.push(name);
  }
  return found;
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
