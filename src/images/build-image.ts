import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { DockerConfig } from '../config/server-config.ts';
import { type DockerConnection, dockerFault } from '../docker/docker-connection.ts';
import { Fault } from '../domain/fault.ts';
import { sizeText } from '../domain/size-text.ts';
import type { ReportProgress, StepProgress } from '../domain/step-progress.ts';
import { findBaseImages } from './base-images.ts';
import { type BuildContext, type ContextArchive, readBuildContext } from './build-context.ts';
import { createBuildLog } from './build-log.ts';
import { type BuildFailure, type BuildProgress, describeBuildFailure, firstLine } from './build-progress.ts';
import { createBuildKitProgress } from './buildkit-progress.ts';
import { createClassicProgress } from './classic-progress.ts';
import { fetchBaseImages } from './fetch-base-images.ts';
import { failureIn, jsonLines } from './json-lines.ts';
import { inspectImage } from './pull-image.ts';
import type { Registries } from './registries.ts';
import { strangersFrontend, strangersQuery } from './strangers-build.ts';

export interface BuildRequest {
  /** Absolute path of the build context. */
  folder: string;
  /** Relative to the folder. */
  dockerfile: string;
  args: Readonly<Record<string, string>>;
  /** The stage to build; null: the last one. */
  target: string | null;
  labels: Readonly<Record<string, string>>;
  /** Whoever wrote the Dockerfile may not see what our logins can: it builds only upon what anybody can pull. */
  isUntrusted?: boolean;
  /** Receives the log in whole lines. */
  write(text: string): void;
  /** Told often how far it is: base images, then the context, then the instructions. */
  report?: ReportProgress | undefined;
}

export type BuildResult = { kind: 'built'; imageId: string } | { kind: 'failed'; reason: string };

export interface BuildTools {
  connection: DockerConnection;
  registries: Registries;
  logger: Logger;
  builder: DockerConfig['builder'];
}

/** How long the engine may take to hear of a cancellation. */
const cancelDeadlineMs = 3_000;

/**
 * Builds one image, without a tag. The builder never gets credentials: what it builds upon is fetched before, each
 * image with those of its own host. Success is proved: no failure in the stream, its regular end, an image id, and an
 * image of that id with our labels. An abort ends the build in the engine too.
 * @throws Fault `docker-unreachable`, `registry-unreachable`
 */
export async function buildImage(
  tools: BuildTools,
  request: BuildRequest,
  signal: AbortSignal,
): Promise<BuildResult> {
  const context = await readBuildContext(request);
  if ('problem' in context) return { kind: 'failed', reason: context.problem };
  const strange = request.isUntrusted === true ? strangersFrontend(context.dockerfile) : null;
  if (strange !== null) return { kind: 'failed', reason: strange };
  const bases = findBaseImages(context.dockerfile, request);
  const builder = await chooseBuilder(tools, request, signal);
  const frontend = builder === 'buildkit' ? bases.frontend : null;
  const fetched = await fetchBaseImages(tools, { ...request, bases: { ...bases, frontend } }, signal);
  if ('unavailable' in fetched) return { kind: 'failed', reason: fetched.unavailable };

  const labels = { ...request.labels, ...fetched.labels };
  const { connection } = tools;
  try {
    return await runBuild({ connection, builder, context, request: { ...request, labels } }, signal);
  } catch (error) {
    throw dockerFault(error, { attempt: 'build the image', connection, signal });
  }
}

/** Every engine has the classic builder; BuildKit came with API 1.39, to Linux only. */
async function chooseBuilder(
  { connection, logger, builder }: BuildTools,
  { write }: BuildRequest,
  signal: AbortSignal,
): Promise<DockerConfig['builder']> {
  if (builder === 'classic') return builder;
  try {
    const { headers } = await connection
      .dial({ method: 'GET', path: '/_ping', signal })
      .then((ping) => ping.resume());
    const [major = 0, minor = 0] = String(headers['api-version']).split('.').map(Number);
    if (headers.ostype === 'linux' && (major > 1 || minor >= 39)) return builder;
    logger.warn(
      { apiVersion: headers['api-version'], os: headers.ostype },
      'the Docker engine has no BuildKit',
    );
    write('this Docker engine has no BuildKit: building with the classic builder\n');
    return 'classic';
  } catch (error) {
    throw dockerFault(error, { attempt: 'name its version', connection, signal });
  }
}

interface Build {
  connection: DockerConnection;
  builder: DockerConfig['builder'];
  context: BuildContext;
  request: BuildRequest;
}

async function runBuild(build: Build, signal: AbortSignal): Promise<BuildResult> {
  const { connection, builder, context, request } = build;
  const buildid = crypto.randomUUID();
  const archive = context.tar((sent) => request.report?.(uploaded(context, sent)));
  request.write(
    `build context: ${context.files} ${context.files === 1 ? 'file' : 'files'}, ${sizeText(context.bytes)}\n`,
  );
  // Made before the request: between an answer and its first reader, a broken stream would have no listener.
  const log = createBuildLog(request.write);
  const progress = builder === 'buildkit' ? await createBuildKitProgress(log) : createClassicProgress(log);
  try {
    const query = queryOf(build, buildid);
    const body = archive.stream;
    const response = await connection.dial({ method: 'POST', path: '/build', query, body, signal });
    if (response.statusCode !== 200) return await refused(response);
    const end = await readProgress(jsonLines(response), progress, request.report);
    if (end.failure !== null) return { kind: 'failed', reason: describeBuildFailure(progress, end.failure) };
    return await proveBuilt({ ...build, archive, imageId: end.imageId }, signal);
  } finally {
    archive.stream.destroy();
    if (signal.aborted) await cancel(connection, buildid);
  }
}

function queryOf({ builder, request }: Build, buildid: string): Record<string, unknown> {
  const { dockerfile, args, target, labels, isUntrusted } = request;
  return {
    version: builder === 'buildkit' ? '2' : '1',
    buildid,
    dockerfile,
    buildargs: args,
    labels,
    ...(isUntrusted === true && strangersQuery(args)),
    ...(target === null ? {} : { target }),
    // Containers of the classic builder go also when their command has failed.
    rm: true,
    forcerm: true,
  };
}

async function readProgress(
  lines: AsyncIterable<object>,
  progress: BuildProgress,
  report: BuildRequest['report'],
): Promise<{ failure: BuildFailure | null; imageId: string | null }> {
  let failure: BuildFailure | null = null;
  let imageId: string | null = null;
  for await (const line of lines) {
    const { aux } = line as { aux?: { ID?: unknown } };
    if (typeof aux?.ID === 'string') imageId = aux.ID;
    failure ??= failureIn(line) ?? null;
    progress.accept(line);
    reportStanding(progress, report);
  }
  progress.finish(failure);
  return { failure, imageId };
}

/** The archive is a little larger than what it holds. */
function uploaded({ bytes }: BuildContext, sent: number): StepProgress {
  const done = Math.min(sent, bytes);
  const text = `sending the build context: ${sizeText(done, bytes)}`;
  return { phase: 'context', text, done, total: bytes, unit: 'bytes', items: [] };
}

function reportStanding(progress: BuildProgress, report: BuildRequest['report']): void {
  const { done, total, current } = progress.standing();
  if (total === 0) return;
  const text = `${done} of ${total} steps done${current === null ? '' : `: ${firstLine(current)}`}`;
  report?.({ phase: 'build', text, done, total, unit: 'steps', items: [] });
}

async function proveBuilt(
  { connection, request, archive, imageId }: Build & { archive: ContextArchive; imageId: string | null },
  signal: AbortSignal,
): Promise<BuildResult> {
  if (imageId === null) throw unproved(connection, 'ended the build without naming an image');
  const image = await inspectImage(connection, imageId, signal);
  if (image === undefined) throw unproved(connection, `does not have the image ${imageId} that it built`);
  const missing = Object.entries(request.labels).find(([label, value]) => image.labels[label] !== value);
  if (missing !== undefined)
    throw unproved(connection, `built an image with another label ${missing[0]} than asked for`);
  request.write(`built ${imageId} from context ${archive.digest()}\n`);
  return { kind: 'built', imageId };
}

function unproved({ host }: DockerConnection, what: string): Fault {
  return new Fault('docker-unreachable', `the Docker engine at ${host} ${what}`, {
    hint: 'If this stays so, check the engine and what stands between it and Trunkline',
  });
}

/** What the builder says before it begins: 400 means a Dockerfile or a request it cannot read. */
async function refused(response: IncomingMessage): Promise<BuildResult> {
  const lines = await Array.fromAsync(jsonLines(response));
  const { message = 'no reason given' } = (lines[0] ?? {}) as { message?: string };
  if (response.statusCode === 400) return { kind: 'failed', reason: `build failed: ${message.trim()}` };
  throw new Fault(
    'docker-unreachable',
    `the Docker engine refused the build (${response.statusCode}): ${message}`,
  );
}

/** Beside the closed connection, which a proxy may keep open; an engine that does not answer has lost the build anyway. */
async function cancel(connection: DockerConnection, buildid: string): Promise<void> {
  const signal = AbortSignal.timeout(cancelDeadlineMs);
  await connection
    .dial({ method: 'POST', path: '/build/cancel', query: { id: buildid }, signal })
    .then((response) => response.resume())
    .catch(() => undefined);
}
