import { parseDurationMs } from './duration.ts';
import { commandTimeout } from './effort-schema.ts';
import { memberOf, textAt } from './member.ts';
import type { Problem } from './problem.ts';
import { keysOf, valueAt } from './template-places.ts';
import type { YamlDocument, YamlPath } from './yaml-document.ts';

/** An attempt that is ended by its `timeout` is never idle for longer than that. */
export function idleTimeoutProblems(document: YamlDocument): Problem[] {
  return keysOf(memberOf(document.value, 'steps')).flatMap((index) =>
    (['build', 'run'] as const).flatMap((kind) => stepProblems(document, ['steps', index, kind])),
  );
}

function stepProblems(document: YamlDocument, path: YamlPath): Problem[] {
  const step = valueAt(document, path);
  const idle = textAt(step, 'idle-timeout') ?? '';
  const written = memberOf(step, 'timeout');
  const timeout = written === undefined ? commandTimeout : written;
  const [idleMs, timeoutMs] = [idle, timeout].map((text) => parseDurationMs(String(text)));
  if (idleMs == null || timeoutMs == null || idleMs <= timeoutMs) return [];
  const message =
    written === undefined
      ? `an idle-timeout of ${idle} never comes: without a 'timeout' all of an attempt has ${commandTimeout}`
      : `an idle-timeout of ${idle} never comes: 'timeout' gives all of an attempt ${timeout}`;
  const hint =
    written === undefined
      ? "write a longer 'timeout' too, or a shorter one here"
      : 'write a shorter one, or a longer timeout';
  return [document.problemAt([...path, 'idle-timeout'], { message, hint })];
}
