/** What a GET is answered with; rejects unless that is a success. */
export async function askHttp(url: string, signal: AbortSignal): Promise<string> {
  // A connection of its own for each question, as from a new visitor.
  const headers = { connection: 'close' };
  const answer = await fetch(url, {
    headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return text.trim();
}
