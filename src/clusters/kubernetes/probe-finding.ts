import type { JsonObject } from '../../domain/json.ts';
import type { PortAnswer, ProbeAnswer } from './probe-answer.ts';

/** For the headline. */
export function probeWords({ answer }: ProbeAnswer): string {
  return answer.by === 'nobody' ? `nobody answers: ${answer.text}` : `it answers ${answer.status}`;
}

/** What our own question tells about a probe that does not succeed. */
export function probeHint(found: ProbeAnswer): string {
  const { asked, answer } = found;
  if (answer.by === 'nobody') return unreachedHint(found, answer);
  const said = `${asked} through the API server: ${answer.status}`;
  if (answer.status === 404) return `${said}. The program does not serve this path: correct the probe's.`;
  if (answer.status === 401 || answer.status === 403)
    return `${said}. The path wants a login: let the probe ask one that answers without.`;
  if (answer.status >= 400) {
    const words = answer.text === '' ? '' : ` (${answer.text})`;
    return `${said}${words}. See in its log what the program waits for.`;
  }
  return answeredHint(found, said);
}

function unreachedHint({ asked, others }: ProbeAnswer, { text }: PortAnswer): string {
  const heard = others.find(({ answer }) => answer.by === 'container');
  const said = `${asked} through the API server: ${text}.`;
  if (heard !== undefined) return `${said} Port ${heard.port} does answer: correct the port of the probe.`;
  return `${said} See in its log on which port and address the program listens: on 127.0.0.1 nobody reaches it.`;
}

/** What succeeds for us and not for the kubelet. */
function answeredHint({ tookMs, timeoutMs }: ProbeAnswer, said: string): string {
  const took = `${said}, after ${(tookMs / 1000).toFixed(1)} s`;
  if (tookMs > timeoutMs)
    return `${took}, but the probe waits ${timeoutMs / 1000} s: raise its timeoutSeconds, or answer faster.`;
  return `${took}: it answers by now. Give the probe more time (failureThreshold, initialDelaySeconds); it may also ask otherwise (httpHeaders, HTTPS).`;
}

/** For the records. */
export function probeSummary({ asked, answer, tookMs, others }: ProbeAnswer): JsonObject {
  return {
    asked,
    ...answerSummary(answer),
    tookMs,
    otherPorts: others.map(({ port, answer: other }) => ({ port, ...answerSummary(other) })),
  };
}

function answerSummary(answer: PortAnswer): JsonObject {
  return { status: answer.by === 'container' ? answer.status : null, text: answer.text };
}
