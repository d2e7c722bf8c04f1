import type { JsonObject } from './json.ts';
import type { ApproveStep, DeployStep, JobStep, StepDefinition } from './pipeline.ts';
import type { RunTold } from './run-values.ts';
import { ancestorsOf } from './step-graph.ts';

/** What people approve or reject: exactly this, and nothing that comes later. */
export interface ApprovalSubject extends JsonObject {
  /** By step: `registry.example.com/shop/cart@sha256:...`, or name and image id of what is built and not pushed yet. */
  images: Record<string, string>;
  /** By deploy or job step that waits for the approval: SHA-256 of its manifest files. */
  manifests: Record<string, string>;
}

export interface GivenApproval extends JsonObject {
  by: string;
  /** Those of the step's roles that the person had. */
  roles: string[];
  comment: string | null;
  at: string;
}

/** What an approve step leaves for the deploy steps after it. */
export interface ApprovalOutput extends ApprovalSubject {
  approvals: GivenApproval[];
}

/** What an environment of the server's config asks for. */
export interface ApprovalRule {
  by: string[];
  count: number;
  notAuthor: boolean;
}

/** Who made what is to be approved: the authors of all its commits, and whoever asked for the run. */
export interface Makers {
  author: string | null;
  /** What is known of older commits that the run stands for, and of the runs that it comes of. */
  told: Pick<RunTold, 'authors' | 'requesters'>;
  requestedBy: string;
}

/** What each person decided last, whatever the case in which a name was written. */
export function lastOfEach<Decision>(
  decisions: readonly Decision[],
  nameOf: (decision: Decision) => string,
): Decision[] {
  return [...new Map(decisions.map((decision) => [plain(nameOf(decision)), decision])).values()];
}

/** Whether somebody with this name made it. Names of tokens and of accounts are compared without case. */
export function isMaker(name: string, { author, told, requestedBy }: Makers): boolean {
  const { authors = [], requesters = [] } = told;
  const makers = [author, requestedBy, ...authors, ...requesters];
  return makers.some((maker) => maker !== null && plain(maker) === plain(name));
}

/** What a pipeline lacks to deploy to an environment with this rule, or null. */
export function missingApproval(
  steps: readonly StepDefinition[],
  deploy: DeployStep | JobStep,
  rule: ApprovalRule,
): string | null {
  const before = ancestorsOf(steps, deploy.id);
  const approvals = steps.filter((step) => step.kind === 'approve' && before.has(step.id)) as ApproveStep[];
  const sufficient = approvals.filter((step) => suffices(step, rule));
  const asked = `'${deploy.environment}' needs ${ruleText(rule)}`;
  if (sufficient.length === 0) {
    const [weak] = approvals;
    return weak === undefined
      ? `${asked}, and no approve step before '${deploy.id}' asks for that`
      : `${asked}, and '${weak.id}' before '${deploy.id}' ${weakness(weak, rule)}`;
  }
  const pushes = steps.filter((step) => step.kind === 'push' && before.has(step.id));
  const coversAll = (step: ApproveStep) => {
    const seen = ancestorsOf(steps, step.id);
    return pushes.every((push) => seen.has(push.id));
  };
  if (sufficient.some(coversAll)) return null;
  return `${asked}, and '${sufficient[0]?.id}' does not wait for every push: what is pushed later is not approved`;
}

/** Whatever satisfies the step must satisfy the rule. */
function suffices(step: ApproveStep, rule: ApprovalRule): boolean {
  const isWithin = step.by.every((role) => rule.by.includes(role));
  return isWithin && step.count >= rule.count && (step.notAuthor || !rule.notAuthor);
}

function weakness({ by, count }: ApproveStep, rule: ApprovalRule): string {
  const others = by.filter((role) => !rule.by.includes(role));
  if (others.length > 0) return `also takes one by ${others.join(' or ')}`;
  return count < rule.count ? `asks for ${count}` : 'takes that of an author of the change';
}

function ruleText({ by, count }: Pick<ApprovalRule, 'by' | 'count'>): string {
  return `${count === 1 ? 'an approval' : `${count} approvals`} by ${by.join(' or ')}`;
}

/** Of the approvals of a run that is repeated, those that a step waits for which is still to be done. */
export function approvalsToAskAgain(
  steps: readonly StepDefinition[],
  succeeded: ReadonlySet<string>,
): string[] {
  const toDo = steps.filter(({ id }) => !succeeded.has(id)).map(({ id }) => ancestorsOf(steps, id));
  const isNeeded = ({ id }: StepDefinition) => toDo.some((before) => before.has(id));
  return steps.filter((step) => step.kind === 'approve' && isNeeded(step)).map(({ id }) => id);
}

export interface DeployWish {
  step: string;
  environment: string;
  /** null: the environment asks for none. */
  rule: ApprovalRule | null;
  /** Of the approve steps that the deploy step has waited for. */
  approvals: readonly ApprovalOutput[];
  makers: Makers;
  /** By digest. */
  images: readonly string[];
  /** SHA-256 of the manifest files; null: there are none. */
  manifests: string | null;
}

/** Why what is about to be deployed is not what was approved, or by too few; null: it may be deployed. */
export function approvalRefusal(wish: DeployWish): string | null {
  const { rule, approvals, environment } = wish;
  const changed = approvals.map((approval) => changeSince(approval, wish)).find((text) => text !== null);
  if (changed !== undefined) return changed;
  if (rule === null) return null;
  const wanted = `${environment} needs ${ruleText(rule)}`;
  if (approvals.length === 0) return `${wanted}: put an approve step before this one`;
  const given = approvals.filter((approval) => qualified(approval, wish, rule).length >= rule.count);
  if (given.length === 0) return `${wanted}, and those who approved do not make that up`;
  const unseen = wish.images.find(
    (image) => !given.some(({ images }) => Object.values(images).includes(image)),
  );
  if (unseen !== undefined)
    return `${unseen} was pushed after the approval: let the approve step wait for its push`;
  const isSeen = given.some(({ manifests }) => Object.hasOwn(manifests, wish.step));
  return wish.manifests === null || isSeen ? null : 'its manifests were not part of what was approved';
}

function changeSince(approval: ApprovalOutput, { images, manifests, step }: DeployWish): string | null {
  for (const approved of Object.values(approval.images)) {
    const other = images.find(
      (image) => repositoryOf(image) === repositoryOf(approved) && image !== approved,
    );
    if (other !== undefined) return `${other} is not what was approved, which is ${approved}`;
  }
  const before = approval.manifests[step];
  return before === undefined || before === manifests
    ? null
    : 'its manifests are not those that were approved';
}

function qualified(
  { approvals }: ApprovalOutput,
  { makers }: DeployWish,
  rule: ApprovalRule,
): GivenApproval[] {
  return lastOfEach(approvals, ({ by }) => by)
    .filter(({ roles }) => roles.some((role) => rule.by.includes(role)))
    .filter(({ by }) => !rule.notAuthor || !isMaker(by, makers));
}

function repositoryOf(reference: string): string {
  return reference.split('@', 1)[0] ?? '';
}

function plain(name: string): string {
  return name.trim().toLowerCase();
}
