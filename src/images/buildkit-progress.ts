import { TextDecoder } from 'node:util';
import type { BuildLog } from './build-log.ts';
import type { BuildFailure, BuildProgress, FailedBuildStep } from './build-progress.ts';
import {
  type BuildKitStatus,
  type BuildKitTime,
  type BuildKitVertex,
  createStatusDecoder,
} from './buildkit-status.ts';

/** `[2/4] RUN make` or, in a named stage, `[base 2/4] RUN make`. */
const vertexName = /^\[((?:\S+ )?\d+\/\d+)\] (.*)$/s;
/** BuildKit gives the exit code of a RUN nowhere but at the end of its message. */
const exitCodeAtEnd = /exit code: (\d+)$/;

/** Progress of BuildKit: `{id: "moby.buildkit.trace", aux}` with a base64 protobuf of what has changed in its graph. */
export async function createBuildKitProgress(log: BuildLog): Promise<BuildProgress> {
  const decode = await createStatusDecoder();
  const vertices = new Map<string, BuildKitVertex>();
  const texts = new Map<string, TextDecoder>();

  function textOf(vertex: string, bytes: Buffer): string {
    const decoder = texts.get(vertex) ?? new TextDecoder();
    texts.set(vertex, decoder);
    return decoder.decode(bytes, { stream: true });
  }

  function accept({ vertexes, logs, warnings }: BuildKitStatus): void {
    for (const vertex of vertexes) {
      vertices.set(vertex.digest, vertex);
      if (vertex.started !== null) log.begin(vertex.digest, vertex.name);
    }
    for (const { vertex, msg } of logs) log.output(vertex, textOf(vertex, msg));
    for (const { vertex, short } of warnings) log.output(vertex, `WARNING: ${short.toString()}\n`);
    for (const vertex of vertexes) endVertex(log, vertex);
  }

  return {
    accept(line) {
      const { id, aux, stream } = line as { id?: unknown; aux?: unknown; stream?: unknown };
      if (id === 'moby.buildkit.trace' && typeof aux === 'string') accept(decode(aux));
      else if (typeof stream === 'string') log.output('builder', stream);
    },
    standing: () => standingOf([...vertices.values()]),
    finish: () => undefined,
    failedStep: (failure) => findFailedStep([...vertices.values()], failure),
  };
}

function endVertex(log: BuildLog, { digest, started, completed, cached, error }: BuildKitVertex): void {
  if (started === null || completed === null) return;
  const durationMs = milliseconds(completed) - milliseconds(started);
  log.end(digest, { isCached: cached, durationMs, error: error === '' ? null : error });
}

/** BuildKit tells its whole graph before it begins; what is no instruction is its own bookkeeping. */
function standingOf(vertices: BuildKitVertex[]): ReturnType<BuildProgress['standing']> {
  const instructions = vertices.filter(({ name }) => vertexName.test(name));
  const current = instructions.findLast(({ started, completed }) => started !== null && completed === null);
  return {
    done: instructions.filter(({ completed }) => completed !== null).length,
    total: instructions.length,
    current: vertexName.exec(current?.name ?? '')?.[2] ?? null,
  };
}

/** Steps that ran beside the failed one end with an error too; the one that is told at the end is the cause. */
function findFailedStep(vertices: BuildKitVertex[], failure: BuildFailure): FailedBuildStep | null {
  const failed = vertices.filter(({ error }) => error !== '');
  const cause = failed.find(({ error }) => failure.message.includes(error)) ?? failed[0];
  const [, position, instruction] = vertexName.exec(cause?.name ?? '') ?? [];
  if (position === undefined || instruction === undefined) return null;
  const exitCode = exitCodeAtEnd.exec(failure.message.trim())?.[1];
  return { instruction, position, exitCode: exitCode === undefined ? null : Number(exitCode) };
}

function milliseconds({ seconds, nanos }: BuildKitTime): number {
  return seconds * 1000 + nanos / 1_000_000;
}
