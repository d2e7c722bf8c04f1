import { parsesAsPattern } from './branch-patterns.ts';
import { emptyJob, type JenkinsJob, noteIn } from './job.ts';
import { elementAt, textAt, type XmlElement } from './xml-elements.ts';

/** A multibranch job, whose steps are in each branch. */
export function readMultibranch(root: XmlElement): JenkinsJob {
  const job = emptyJob();
  const [place] = elementAt(root, 'sources', 'data')?.children ?? [];
  const source = elementAt(place, 'source');
  const remote = textAt(source, 'remote') || textAt(source, 'remoteBase');
  if (remote !== '') {
    const isGit = (source?.attributes.class ?? '').includes('Git');
    job.source = { kind: isGit ? 'git' : 'svn', url: remote, path: '' };
  }
  job.onCommit = true;
  const traits = elementAt(source, 'traits')?.children ?? [];
  const filters = [source, ...traits.filter(({ name }) => name.endsWith('WildcardSCMHeadFilterTrait'))];
  const patternsIn = (key: string) =>
    filters.flatMap((filter) => textAt(filter, key).split(/[,\s]+/)).filter(parsesAsPattern);
  const included = patternsIn('includes').filter((pattern) => pattern !== '*');
  job.branches = [
    ...(included.length > 0 ? included : ['**']),
    ...patternsIn('excludes').map((one) => `!${one}`),
  ];
  const note = noteIn(job, source?.line ?? root.line);
  const script = textAt(root, 'factory', 'scriptPath') || 'Jenkinsfile';
  note(
    'the steps are in a file of each branch',
    `import that file as well: trunkline import jenkins ${script}`,
  );
  note(
    'which branches Jenkins looks for',
    `${job.branches.join(', ')} stands for them: check on.commit.branches`,
  );
  if (remote === '') note('the place of the repository', 'name a repository of trunkline.yaml under source');
  return job;
}
