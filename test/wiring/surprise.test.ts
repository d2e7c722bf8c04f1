import { join } from 'node:path';
import { expect, test } from 'vitest';
import { embeddedPostgresPid, startTrunkline } from '../support/trunkline.ts';

const surprise = join(import.meta.dirname, 'surprise-process.ts');

test('an error that nobody foresaw ends the server with one line in its log; the next start takes over', async () => {
  const environment = { NODE_OPTIONS: `--import=${surprise}` };
  await using trunkline = await startTrunkline({ config: {}, pipelines: {}, environment });
  const postgres = await embeddedPostgresPid(trunkline.dataDir);

  for (const signal of ['SIGUSR2', 'SIGPWR'] as const) {
    const { server } = trunkline;
    server.signal(signal);
    const end = await server.ended;
    await trunkline.start();

    expect(end).toEqual({ exitCode: 3, signal: null });
    const lines = server.stderr().trim().split('\n');
    const fatal = lines.map((line) => JSON.parse(line)).filter(({ level }) => level >= 60);
    expect(fatal).toEqual([
      expect.objectContaining({
        msg: 'an error that nobody has foreseen ends this process; its runs go on at another worker, or at the next start',
        err: expect.objectContaining({ message: 'what nobody foresaw', stack: expect.any(String) }),
      }),
    ]);
    expect(server.stderr()).not.toContain('hunter2');
    expect(await embeddedPostgresPid(trunkline.dataDir)).toBe(postgres);
    expect((await fetch(`${trunkline.url}/readyz`)).status).toBe(200);
  }
});
