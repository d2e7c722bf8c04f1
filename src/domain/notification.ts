import { cutBytes } from './cut-bytes.ts';
import type { Outcome } from './outcome.ts';
import { revisionLabel } from './revision-label.ts';

/** What people may want to be told of. */
export const notices = ['failure', 'first-failure', 'fixed', 'success', 'approval'] as const;
export type Notice = (typeof notices)[number];

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

/** Ends that say something of the code; who cancels a run, or pushes a newer commit, knows that. */
export const toldOutcomes = [
  'succeeded',
  'failed',
  'timed-out',
  'rejected',
  'errored',
] as const satisfies Outcome[];
export type ToldOutcome = (typeof toldOutcomes)[number];

/** A run that has ended, or that waits for people. */
export interface Happening {
  runId: string;
  pipeline: string;
  number: number;
  branch: string;
  revision: string;
  author: string | null;
  /** null: it waits at `step`. */
  outcome: ToldOutcome | null;
  /** How the run of the pipeline before it on its branch ended; null: there was none. */
  before: ToldOutcome | null;
  /** One line: why it ended so; of an approval, what it waits for. */
  reason: string | null;
  /** The step that waits for people. */
  step: string | null;
}

/** Of the notices that somebody wants, the one that a happening is; null: none. */
export function noticeOf(
  { outcome, before }: Pick<Happening, 'outcome' | 'before'>,
  wanted: readonly Notice[],
): Notice | null {
  const hadFailed = before !== null && before !== 'succeeded';
  if (outcome === null) return firstOf(wanted, ['approval']);
  if (outcome === 'succeeded') return firstOf(wanted, hadFailed ? ['fixed', 'success'] : ['success']);
  return firstOf(wanted, hadFailed ? ['failure'] : ['first-failure', 'failure']);
}

function firstOf(wanted: readonly Notice[], fitting: readonly Notice[]): Notice | null {
  return fitting.find((notice) => wanted.includes(notice)) ?? null;
}

const words = {
  en: {
    succeeded: 'succeeded',
    failed: 'failed',
    'timed-out': 'timed out',
    rejected: 'was rejected',
    errored: 'ended by a fault of the system',
    fixed: 'works again',
    approval: 'waits for an approval',
    on: ' on ',
    reason: ': ',
    more: (count: number) => `… and ${count} more`,
  },
  zh: {
    succeeded: '成功',
    failed: '失败',
    'timed-out': '超时',
    rejected: '已拒绝',
    errored: '系统出错',
    fixed: '已恢复正常',
    approval: '等待审批',
    on: '，分支 ',
    reason: '：',
    more: (count: number) => `… 另有 ${count} 条`,
  },
} as const;

/** So that the address below it has its place in every chat. */
const mostLineBytes = 1_000;

/** `✗ cart #12 failed on trunk (r4711, ann): test: npm test ended with 1`, and the address of its page below. */
export function noticeText(
  happening: Happening,
  { notice, language, page }: { notice: Notice; language: Language; page: string | null },
): string {
  const { pipeline, number, branch, revision, author, outcome, reason, step } = happening;
  const word = words[language];
  const what = notice === 'fixed' || notice === 'approval' ? word[notice] : word[outcome ?? 'succeeded'];
  const sign = outcome === null ? '⏸' : outcome === 'succeeded' ? '✓' : '✗';
  const origin = [revisionLabel(revision), author].filter((part) => part !== null && part !== '').join(', ');
  const why = [step, reason].filter((part) => part !== null && part !== '').join(': ');
  const said = `${sign} ${pipeline} #${number} ${what}${word.on}${branch} (${origin})`;
  const line = why === '' ? said : `${said}${word.reason}${why}`;
  return [cutBytes(oneLine(line), mostLineBytes), ...(page === null ? [] : [page])].join('\n');
}

/** What is told last where not all fits. */
export function moreText(count: number, language: Language): string {
  return words[language].more(count);
}

/** Names and reasons come from people and programs: nothing of them may look like a line of ours, or steer a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
}
