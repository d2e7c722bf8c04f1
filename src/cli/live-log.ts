import { answers, type LogChunk, type RunEnd } from './answers.ts';
import type { ApiClient } from './api-client.ts';
import { readAnswer } from './context.ts';
import { type LiveStreamOptions, liveStream } from './live-stream.ts';

/**
 * Gives the chunks of a live log, each once, across lost connections; returns how the run ended.
 * @param options.path that of the log
 * @throws ApiError when the server refuses, or stays away
 */
export async function* liveLog(api: ApiClient, options: LiveStreamOptions): AsyncGenerator<LogChunk, RunEnd> {
  for await (const { event, data } of liveStream(api, options)) {
    if (event === 'end') return readAnswer(answers.runEnd, JSON.parse(data));
    yield readAnswer(answers.logChunk, JSON.parse(data));
  }
  throw new TypeError('the stream never ends by itself');
}
