import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { httpServer } from '../images/http-server.ts';
import { startPostgres } from '../support/postgres.ts';
import { startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a port in use ends the start with what to do; a broken pipeline file is named in the log', async () => {
  await using folder = await temporaryFolder();
  await using database = await startPostgres();
  await using other = await httpServer((_request, response) => void response.end());
  const port = other.host.split(':')[1] ?? '';
  await mkdir(join(folder.path, 'pipelines'));
  await writeFile(join(folder.path, 'pipelines/cart.yaml'), 'name: cart\n');

  await using server = startProgram(['serve', '--port', port], {
    cwd: folder.path,
    environment: { DATABASE_URL: database.url },
  });
  const { exitCode } = await server.ended;

  expect(exitCode).toBe(3);
  expect(server.stdout()).toBe('');
  expect(server.stderr()).toContain("pipelines/cart.yaml:1: 'steps' is missing; this file starts nothing");
  expect(server.stderr()).toContain(
    `trunkline: Cannot listen on 127.0.0.1, port ${port} (EADDRINUSE)\n  Another program listens there: stop it, or set another PORT.\n`,
  );
  expect(server.stderr()).not.toContain('at Server');
  // Nobody has seen an admin token yet, so none may have been made.
  await using client = openDatabase({ url: database.url, applicationName: 'test' });
  expect(await client.db.selectFrom('token').selectAll().execute()).toEqual([]);
});
