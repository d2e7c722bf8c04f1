import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What all processes of one test run share. Each is started when the first of them asks for it. */
export type SharedResource = 'postgres' | 'engine' | 'base-image' | 'cluster';

/** Names the Unix socket of the test run around this process; children inherit it. */
export const testRunVariable = 'TRUNKLINE_TEST_RUN';

/** What the test run answers about a resource: a URL, an address, a name, a path. It may have to start it first. */
export async function askTestRun(resource: SharedResource): Promise<string> {
  const socketPath = process.env[testRunVariable];
  if (socketPath === undefined) {
    throw new Error(
      `no test run shares "${resource}": run under Vitest, or inside startTestRun() (test-run.ts)`,
    );
  }
  return new Promise((resolve, reject) => {
    request({ socketPath, path: `/${resource}`, agent: false }, async (answer) => {
      const body = await text(answer);
      if (answer.statusCode === 200) resolve(body);
      else reject(new Error(`the test run could not start "${resource}": ${body}`));
    })
      .on('error', reject)
      .end();
  });
}
