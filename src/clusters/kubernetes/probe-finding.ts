import { advise, type Hint, joinHints } from '../../domain/hint.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { PortAnswer, ProbeAnswer } from './probe-answer.ts';

/** For the headline. */
export function probeWords({ answer }: ProbeAnswer): string {
  return answer.by === 'nobody' ? `nobody answers: ${answer.text}` : `it answers ${answer.status}`;
}

/** What our own question tells about a probe that does not succeed. */
export function probeHint(found: ProbeAnswer): Hint {
  const { asked, answer } = found;
  if (answer.by === 'nobody') return unreachedHint(found, answer);
  const said = advise('probe-answer', { question: asked, answer: answer.status });
  if (answer.status === 404) return joinHints(said, advise('probe-not-served'));
  if (answer.status === 401 || answer.status === 403) return joinHints(said, advise('probe-login'));
  if (answer.status >= 400) {
    const words = answer.text === '' ? '' : ` (${answer.text})`;
    const worded = advise('probe-answer', { question: asked, answer: `${answer.status}${words}` });
    return joinHints(worded, advise('log-tells'));
  }
  return answeredHint(found, answer.status);
}

function unreachedHint({ asked, others }: ProbeAnswer, { text }: PortAnswer): Hint {
  const heard = others.find(({ answer }) => answer.by === 'container');
  const said = advise('probe-answer', { question: asked, answer: text });
  if (heard !== undefined) return joinHints(said, advise('other-port', { port: heard.port }));
  return joinHints(said, advise('where-it-listens'));
}

/** What succeeds for us and not for the kubelet. */
function answeredHint({ asked, tookMs, timeoutMs }: ProbeAnswer, answer: number): Hint {
  const told = { question: asked, answer, took: (tookMs / 1000).toFixed(1) };
  if (tookMs > timeoutMs) return advise('probe-too-short', { ...told, timeout: timeoutMs / 1000 });
  return advise('probe-answers-now', told);
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
