import type { JenkinsJob } from './job.ts';
import { textAt, type XmlElement } from './xml-elements.ts';

/** Where a job's tree comes from, and which branches. */
export function readSource(job: JenkinsJob, scm: XmlElement | undefined): void {
  const kind = scm?.attributes.class ?? '';
  if (scm === undefined || kind === '' || kind.endsWith('NullSCM')) {
    job.notes.push({
      line: scm?.line ?? 0,
      what: 'the job has no source code management',
      advice: 'name a repository of trunkline.yaml under source; without one there is no tree to run on',
    });
    return;
  }
  if (kind.endsWith('SubversionSCM')) readSubversion(job, scm);
  else if (kind.endsWith('GitSCM')) readGit(job, scm);
  else {
    const advice = 'Trunkline reads Subversion and Git: move the code there, or mirror it';
    job.notes.push({ line: scm.line, what: `source code management by ${kind}`, advice });
  }
}

function readSubversion(job: JenkinsJob, scm: XmlElement): void {
  const locations = elementsAt(scm, 'locations');
  const [first, ...further] = locations;
  if (first === undefined) return;
  const remote = remoteOf(first);
  for (const location of further) noteFurther(job, location, remote);
  if (remote.includes('$')) {
    const advice = 'a repository has one URL; write the branches under on.commit.branches';
    job.notes.push({ line: first.line, what: `a variable in the URL ${remote}`, advice });
  }
  noteCredentials(job, first);
  const { url, branch, path } = splitSubversionUrl(remote);
  job.source = { kind: 'svn', url, path };
  if (branch !== null) job.branches = [branch];
  else {
    const advice =
      'check where its root is, and write the folder that is the branch under on.commit.branches';
    job.notes.push({ line: first.line, what: `no trunk and no branch in the URL ${remote}`, advice });
  }
  readSubversionFilters(job, scm, first);
}

function readSubversionFilters(job: JenkinsJob, scm: XmlElement, location: XmlElement): void {
  const noteIf = (isThere: boolean, what: string, advice: string) => {
    if (isThere) job.notes.push({ line: scm.line, what, advice });
  };
  const regions = textAt(scm, 'excludedRegions') + textAt(scm, 'includedRegions');
  noteIf(regions !== '', 'included or excluded regions', 'write them as patterns under on.commit.paths');
  const users = textAt(scm, 'excludedUsers')
    .split(/\s+/)
    .filter((user) => user !== '');
  job.excludedAuthors = users.filter((user) => /^[\w.@-]+$/.test(user));
  const others = users.filter((user) => !job.excludedAuthors.includes(user));
  noteIf(others.length > 0, `excluded users, ${others.join(', ')}`, 'write them under on.commit.authors');
  const messages = textAt(scm, 'excludedCommitMessages');
  const advice =
    "write it under on.commit.messages: ['.*', '!EXPRESSION']; [ci skip] and [skip ci] always count";
  noteIf(messages !== '', `excluded messages, ${messages.split('\n')[0]}`, advice);
  noteIf(
    textAt(scm, 'excludedRevprop') !== '',
    'the excluded revision property',
    'mark such commits in their message: [ci skip]',
  );
  const folder = textAt(location, 'local');
  const isElsewhere = folder !== '' && folder !== '.';
  noteIf(
    isElsewhere,
    `the folder ${folder} for the tree`,
    'a step begins in the tree itself: take it out of the commands',
  );
  noteIf(
    textAt(location, 'ignoreExternalsOption') === 'true',
    'externals that are ignored',
    'write externals: ignore for the repository in trunkline.yaml, or leave them in',
  );
}

/** `svn://host/shop/trunk/services/cart` -> the root, `trunk`, `services/cart`. */
export function splitSubversionUrl(remote: string): { url: string; branch: string | null; path: string } {
  const pattern = /^(?<url>.+?)\/(?<branch>trunk|branches\/[^/]+|tags\/[^/]+)(?:\/(?<path>.*))?$/;
  const { url, branch, path } = pattern.exec(remote.replace(/\/+$/, ''))?.groups ?? {};
  return { url: url ?? remote, branch: branch ?? null, path: path ?? '' };
}

function remoteOf(location: XmlElement): string {
  return textAt(location, 'remote').replace(/@(?:\d+|HEAD)?$/, '');
}

function noteFurther(job: JenkinsJob, location: XmlElement, first: string): void {
  const [one, other] = [first, remoteOf(location)].map(splitSubversionUrl);
  const isBeside = one !== undefined && one.url === other?.url && one.branch === other.branch;
  const advice = isBeside
    ? `it is of the same branch: leave out source.path, and name both: source.only: ['${one.path}', '${other.path}']`
    : 'a pipeline has one repository: bring it in with svn:externals';
  job.notes.push({ line: location.line, what: `a further location, ${textAt(location, 'remote')}`, advice });
}

function readGit(job: JenkinsJob, scm: XmlElement): void {
  const [remote, ...further] = elementsAt(scm, 'userRemoteConfigs');
  for (const other of further) {
    const advice = 'a pipeline has one repository';
    job.notes.push({ line: other.line, what: `a further remote, ${textAt(other, 'url')}`, advice });
  }
  if (remote !== undefined) {
    job.source = { kind: 'git', url: textAt(remote, 'url'), path: '' };
    noteCredentials(job, remote);
  }
  for (const branch of elementsAt(scm, 'branches')) {
    const name = branchName(textAt(branch, 'name'));
    if (name === '' || /[:$]/.test(name)) {
      const advice = 'write it as a pattern under on.commit.branches';
      job.notes.push({ line: branch.line, what: `the branch ${name || '(any)'}`, advice });
    } else job.branches.push(name);
  }
  for (const extension of elementsAt(scm, 'extensions')) {
    const advice = 'a run always begins in a fresh tree, with submodules; look whether it is still needed';
    job.notes.push({ line: extension.line, what: `Git's ${shortName(extension.name)}`, advice });
  }
}

/** As Git has it, without what only Jenkins needs in it. */
export function branchName(written: string): string {
  return written.replace(/^(?:refs\/heads\/|\*\/|origin\/)/, '');
}

function noteCredentials(job: JenkinsJob, element: XmlElement): void {
  const id = textAt(element, 'credentialsId');
  if (id === '') return;
  const advice = 'add an account under credentials in trunkline.yaml, and its name to the repository';
  job.notes.push({ line: element.line, what: `the credentials ${id}`, advice });
}

function elementsAt(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name).flatMap(({ children }) => children);
}

/** `hudson.plugins.git.extensions.impl.CleanBeforeCheckout` -> `CleanBeforeCheckout`. */
export function shortName(name: string): string {
  return name.split('.').at(-1) ?? name;
}
