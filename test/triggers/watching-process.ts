import { flushCompileCache } from 'node:module';
import { argv } from 'node:process';
import { pipelineOf, prepareTriggers } from './triggers-under-test.ts';

// A server that only watches, to be killed. Arguments: database URL, repository URL, UUID.
const [, , databaseUrl = '', root = '', uuid = ''] = argv;
const triggers = await prepareTriggers({
  databaseUrl,
  subversion: { root, uuid },
  pipelines: [pipelineOf('app')],
  pollMs: 200,
});
await triggers.watch();
// It will not end by itself; what it has compiled is for the one that follows.
flushCompileCache();
process.stdout.write('watching\n');
