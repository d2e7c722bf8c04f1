import { plainText, type Statement, type Value } from './groovy-syntax.ts';
import { type JenkinsJob, noteIn } from './job.ts';
import { branchName, splitSubversionUrl } from './job-source.ts';

/** `git url: '...', branch: 'main'`, and `checkout` of what stands there: the first one is what the job works on. */
export function readCheckout(job: JenkinsJob, statement: Statement): void {
  const { name, args, named, line } = statement;
  const found = foundIn(statement);
  const isScm = plainText(args[0]) === 'scm' && named.size === 0;
  if (found !== null) setSource(job, { ...found, line });
  // checkout scm: what the job is configured with.
  else if (!isScm) noteIn(job, line)(`the step ${name}`, 'name a repository of trunkline.yaml under source');
}

function foundIn({ name, args, named }: Statement): Found | null {
  const git = name === 'git' ? plainText(named.get('url')) || plainText(args[0]) : '';
  if (git !== '') return { git, branches: [plainText(named.get('branch'))] };
  const told = args.find((value) => value.kind === 'list' || value.kind === 'call')?.named;
  const remote = textIn(told?.get('userRemoteConfigs'), 'url');
  if (remote !== '') return { git: remote, branches: [textIn(told?.get('branches'), 'name')] };
  const svn = textIn(told?.get('locations'), 'remote');
  return svn === '' ? null : { svn };
}

type Found = { git: string; branches: string[] } | { svn: string };

function setSource(job: JenkinsJob, found: Found & { line: number }): void {
  const note = noteIn(job, found.line);
  const url = 'git' in found ? found.git : found.svn;
  if (url.includes('$'))
    note(`a variable in the URL ${url}`, 'name a repository of trunkline.yaml under source');
  else if (job.source === null) takeSource(job, found);
  else if (!url.startsWith(job.source.url))
    note(`a further repository, ${url}`, 'a pipeline has one; svn:externals and submodules bring others in');
}

function takeSource(job: JenkinsJob, found: Found): void {
  if ('git' in found) {
    job.source = { kind: 'git', url: found.git, path: '' };
    job.branches.push(...found.branches.map(branchName).filter((name) => name !== '' && !/[:$]/.test(name)));
    return;
  }
  const { url: root, branch, path } = splitSubversionUrl(found.svn.replace(/@(?:\d+|HEAD)?$/, ''));
  job.source = { kind: 'svn', url: root, path };
  if (branch !== null) job.branches = [branch];
}

/** Of `[[key: 'text', ...]]`, and of one that is not in a list. */
function textIn(value: Value | undefined, key: string): string {
  if (value?.kind !== 'list') return '';
  const own = plainText(value.named.get(key));
  return own !== '' ? own : textIn(value.items[0], key);
}
