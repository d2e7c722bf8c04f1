/** A server process for the tests: `node hold-embedded-postgres.ts DATA_DIR`, prints a line when the database runs. */
import { pino } from 'pino';
import { lockDataDir } from '../../src/store/data-dir-lock.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
await lockDataDir(dataDir);
const database = await startEmbeddedPostgres({ dataDir, logger: pino({ level: 'silent' }) });
process.stdout.write(`running ${database.pid}\n`);
setInterval(() => {}, 60_000);
