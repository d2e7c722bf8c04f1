import { answers, type Run } from './answers.ts';
import type { ApiClient } from './api-client.ts';
import { readAnswer } from './context.ts';
import { type LiveStreamOptions, liveStream } from './live-stream.ts';

/**
 * Gives a run as it is now and whenever it is different, across lost connections; ends with the run.
 * @param options.path that of the run: `runPath('cart#12')`
 * @throws ApiError when the server refuses, or stays away
 */
export async function* liveRun(
  api: ApiClient,
  { path, ...options }: LiveStreamOptions,
): AsyncGenerator<Run, void> {
  for await (const { event, data } of liveStream(api, { ...options, path: `${path}/events` })) {
    if (event === 'end') return;
    if (event === 'run') yield readAnswer(answers.run, JSON.parse(data));
  }
}
