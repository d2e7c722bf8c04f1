/**
 * The objects of a Docker progress stream, one a line. Characters split over two chunks are put together; a line that
 * is no JSON object (a proxy's words, a cut end) comes as `{stream: line}`, the shape of plain output.
 * @throws when the connection breaks before the stream's end
 */
export async function* jsonLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<object> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* parseLine(line);
  }
  yield* parseLine(rest + decoder.decode());
}

function* parseLine(line: string): Generator<object> {
  if (line.trim() === '') return;
  try {
    const value: unknown = JSON.parse(line);
    yield typeof value === 'object' && value !== null ? value : { stream: `${line}\n` };
  } catch {
    yield { stream: `${line}\n` };
  }
}

/** The failure that a progress stream reports in its last line, in Docker's words; the HTTP status says 200 all the same. */
export function failureIn(line: object): { message: string; exitCode: number | null } | undefined {
  const { error, errorDetail } = line as {
    error?: unknown;
    errorDetail?: { message?: unknown; code?: unknown };
  };
  const message = errorDetail?.message ?? error;
  if (message === undefined || message === null) return undefined;
  const code = errorDetail?.code;
  return { message: String(message), exitCode: typeof code === 'number' && code !== 0 ? code : null };
}
