import { setTimeout as delay } from 'node:timers/promises';
import { CliError, exitCodes } from '../../cli/cli-error.ts';
import { Fault } from '../../domain/fault.ts';
import type { DemoCluster } from '../cluster/demo-cluster.ts';
import { serviceFiles, versionOf } from '../service/service-files.ts';
import { type Stages, secondsText } from '../setup/stages.ts';
import { startVisitor, type Visits } from './visitor.ts';
import { type Chain, type EndedRun, type WatchedRun, watchCommit } from './watch-commit.ts';

export interface Tour {
  chain: Chain;
  cluster: DemoCluster;
  stages: Stages;
  /** Leave out the repair: nobody goes on from there. */
  isShort: boolean;
}

/** What the tour has shown, with times in milliseconds. */
export interface TourResult {
  answeringMs: number;
  rolledBackMs: number;
  version: { text: string; digest: string };
  broken: { text: string; cause: string; visits: Visits };
}

/** A commit becomes the version that answers; a broken one is rolled back; the repair, in the whole tour, becomes the next version. */
export async function takeTour(tour: Tour): Promise<TourResult> {
  const { stages, cluster } = tour;
  stages.heading('1. A commit becomes a running version');
  const first = await deployGood(tour, { greeting: greeting(), message: 'A greeting for today' });
  stages.heading('2. A version that breaks at its start is rolled back');
  await using visitor = startVisitor(cluster);
  const broken = await deployBroken(tour);
  const visits = visitor.report();
  sayWhoAnswered(stages, visits, first.text);
  if (!tour.isShort) {
    stages.heading('3. The repair');
    await deployGood(tour, { greeting: greeting(), message: 'A port that is a number again' });
  }
  return {
    answeringMs: first.answeringMs,
    rolledBackMs: broken.rolledBackMs,
    version: { text: first.text, digest: first.digest },
    broken: { text: broken.text, cause: broken.cause, visits },
  };
}

function greeting(): string {
  return `Hello from Subversion, at ${new Date().toLocaleTimeString('en-GB')}`;
}

interface GoodVersion {
  text: string;
  digest: string;
  answeringMs: number;
}

async function deployGood(
  { chain, cluster, stages }: Tour,
  { greeting, message }: { greeting: string; message: string },
): Promise<GoodVersion> {
  const files = inFolder(serviceFiles({ greeting, port: '8080', manifest: cluster.manifest }));
  const watched = await watchCommit(chain, { files, message });
  const { run, revision, committedAt } = watched;
  if (run.outcome !== 'succeeded') throw unexpected(watched, 'was to succeed');
  const text = versionOf(revision);
  await untilAnswers(cluster, text, chain.signal);
  const answeringMs = performance.now() - committedAt;
  stages.line(`✓ ${text} answers ${secondsText(answeringMs)} after the commit: ${cluster.address}`);
  return { text, digest: digestOf(run), answeringMs };
}

const answerDeadlineMs = 30_000;

async function untilAnswers(cluster: DemoCluster, version: string, signal: AbortSignal): Promise<void> {
  const end = performance.now() + answerDeadlineMs;
  let last = 'nothing';
  while (performance.now() < end) {
    last = await cluster.ask('version', signal).catch((error: unknown) => String(error));
    if (last === version) return;
    await delay(50, undefined, { signal });
  }
  throw new Fault('internal', `${cluster.address} was to answer ${version}, and answers: ${last}`);
}

async function deployBroken({ chain, cluster, stages }: Tour) {
  const files = serviceFiles({ greeting: greeting(), port: 'eighty', manifest: cluster.manifest });
  const message = 'Spell the port out';
  const watched = await watchCommit(chain, { files: inFolder(files), message });
  const rolledBackMs = performance.now() - watched.committedAt;
  const deployment = watched.run.deployments[0];
  if (watched.run.outcome !== 'failed' || deployment?.rollback?.state !== 'done')
    throw unexpected(watched, 'was to fail and be rolled back');
  const cause = deployment.cause ?? '';
  const text = versionOf(watched.revision);
  stages.line(
    `✓ ${text} rolled back ${secondsText(rolledBackMs)} after the commit, to ${deployment.rollback.to}`,
  );
  stages.line(`  Cause: ${cause}`);
  return { text, cause, rolledBackMs };
}

function sayWhoAnswered(stages: Stages, { asked, failed, answers }: Visits, expected: string): void {
  const others = Object.keys(answers).filter((version) => version !== expected);
  if (failed === 0 && others.length === 0) {
    stages.line(`✓ Meanwhile ${expected} was asked ${asked} times and answered every time`);
    return;
  }
  throw new Fault(
    'internal',
    `While the broken version was rolled out, ${expected} was asked ${asked} times; ${failed} had no answer` +
      (others.length === 0 ? '' : `, and ${others.join(', ')} answered`),
  );
}

/** The run went another way than the tour's; when its files were changed, that may well be right. */
function unexpected({ run, revision, log }: WatchedRun, expected: string): CliError {
  const why = run.reason === null ? '' : `, ${run.reason}`;
  return new CliError(
    exitCodes.userFailure,
    `The run of r${revision} ${expected}, and ended as ${run.outcome}${why}. Its log ends with:\n  ${log}`,
    { hint: 'A demo in a new folder (--dir) starts from the beginning.' },
  );
}

function digestOf({ images }: EndedRun): string {
  return images[0]?.digest ?? '';
}

function inFolder(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`hello/${name}`, text]));
}
