import { readJenkinsfile } from './jenkinsfile.ts';
import { emptyJob, type JenkinsJob, noteIn, type Unreadable } from './job.ts';
import { stepOfBuilder } from './job-builders.ts';
import { readKept } from './job-kept.ts';
import { addParameter } from './job-parameters.ts';
import { readSource, shortName } from './job-source.ts';
import { readTriggers } from './job-triggers.ts';
import { readMultibranch } from './multibranch.ts';
import { labels } from './stage-agent.ts';
import { matrixOf } from './stage-matrix.ts';
import { elementAt, readXml, textAt, type XmlElement } from './xml-elements.ts';

/** Reads the `config.xml` of a job: a freestyle one whole, of a pipeline job what is in it. Never throws. */
export function readJobConfig(text: string, name: string): JenkinsJob | Unreadable {
  const root = readXml(text);
  if ('problem' in root) return root;
  if (root.name === 'flow-definition') return readPipelineJob(root, name);
  if (root.name.endsWith('WorkflowMultiBranchProject')) return readMultibranch(root);
  if (!['project', 'maven2-moduleset', 'matrix-project'].includes(root.name)) {
    const problem = `a job of the kind ${root.name} is not read: freestyle, Maven, multi-configuration and pipeline jobs are`;
    return { line: root.line, problem };
  }
  const job = emptyJob();
  readSource(job, elementAt(root, 'scm'));
  readTriggers(job, root, name);
  readParameters(job, root);
  readBuilders(job, root);
  readAxes(job, root);
  readRest(job, root);
  return job;
}

/** Of a multi-configuration job: its steps are done once for each combination. */
function readAxes(job: JenkinsJob, root: XmlElement): void {
  const list = elementAt(root, 'axes');
  if (list === undefined || list.children.length === 0) return;
  const axes: Record<string, string[]> = {};
  for (const axis of list.children) {
    const values = (elementAt(axis, 'values')?.children ?? []).map(({ text }) => text);
    if (/Label|JDK/.test(axis.name)) noteIn(job, axis.line)(`the axis ${textAt(axis, 'name')}`, labels);
    axes[textAt(axis, 'name')] = [...new Set(values)];
  }
  const filter = textAt(root, 'combinationFilter');
  if (filter !== '')
    noteIn(job, list.line)(`the combinations ${filter}`, 'write the others under matrix.exclude');
  const matrix = matrixOf(job, { axes, excludes: [], line: list.line });
  if (matrix === null) return;
  const variables = Object.fromEntries(Object.keys(axes).map((axis) => [axis, `\${matrix.${axis}}`]));
  for (const step of job.steps) Object.assign(step, { matrix, env: { ...variables, ...step.env } });
}

function readPipelineJob(root: XmlElement, name: string): JenkinsJob | Unreadable {
  const definition = elementAt(root, 'definition');
  const script = elementAt(definition, 'script');
  const known = emptyJob();
  readParameters(known, root);
  const job = script === undefined ? known : readJenkinsfile(script.text, name, known);
  if ('problem' in job) return { ...job, line: (script?.line ?? 0) + job.line - 1 };
  if (script === undefined) {
    readSource(job, elementAt(definition, 'scm'));
    const advice = `import that file as well: trunkline import jenkins ${textAt(definition, 'scriptPath') || 'Jenkinsfile'}`;
    job.notes.push({ line: definition?.line ?? 0, what: 'the steps are in a file of the tree', advice });
  }
  readTriggers(job, root, name);
  const disabled = elementAt(root, 'disabled');
  if (disabled?.text === 'true') noteElement(job, 'disabled', disabled);
  return job;
}

function readParameters(job: JenkinsJob, root: XmlElement): void {
  const properties = elementAt(root, 'properties')?.children ?? [];
  const definitions = properties.flatMap((one) => elementAt(one, 'parameterDefinitions')?.children ?? []);
  for (const definition of definitions) {
    const [list] = elementAt(definition, 'choices')?.children ?? [];
    const choices = list?.name === 'string' ? elementAt(definition, 'choices')?.children : list?.children;
    addParameter(job, {
      name: textAt(definition, 'name'),
      kind: shortName(definition.name).replace('ParameterDefinition', ''),
      value: textAt(definition, 'defaultValue'),
      choices: (choices ?? []).map(({ text }) => text).filter(Boolean),
      description: textAt(definition, 'description'),
      line: definition.line,
    });
  }
}

function readBuilders(job: JenkinsJob, root: XmlElement): void {
  const minutes = Number(textAt(wrapperOf(root, 'BuildTimeoutWrapper'), 'strategy', 'timeoutMinutes'));
  const buildersOf = (name: string) => elementAt(root, name)?.children ?? [];
  const maven = root.name === 'maven2-moduleset' ? [root] : [];
  for (const builder of [
    ...['builders', 'prebuilders'].flatMap(buildersOf),
    ...maven,
    ...buildersOf('postbuilders'),
  ]) {
    const step = stepOfBuilder(job, builder);
    if (step === null) continue;
    step.timeoutSeconds = minutes > 0 ? minutes * 60 : null;
    step.needs = job.steps.length === 0 ? [] : [job.steps.length - 1];
    job.steps.push(step);
  }
}

function wrapperOf(root: XmlElement, kind: string): XmlElement | undefined {
  return elementAt(root, 'buildWrappers')?.children.find(({ name }) => name.endsWith(kind));
}

/** What a draft has anyway, or what says nothing. */
const silent = new Set([
  ...[
    'actions',
    'scm',
    'triggers',
    'builders',
    'keepDependencies',
    'canRoam',
    'concurrentBuild',
    'quietPeriod',
  ],
  ...['blockBuildWhenDownstreamBuilding', 'blockBuildWhenUpstreamBuilding', 'properties', 'description'],
  ...['displayName', 'publishers', 'buildWrappers', 'scmCheckoutRetryCount'],
  ...[
    'prebuilders',
    'postbuilders',
    'goals',
    'rootPOM',
    'rootModule',
    'axes',
    'combinationFilter',
    'executionStrategy',
  ],
  ...['runPostStepsIfResult', 'settings', 'globalSettings', 'reporters'],
]);

const advices: Readonly<Record<string, string>> = {
  assignedNode: labels,
  disabled: 'the job is disabled: leave the file away until it is wanted',
  logRotator: 'how long runs are kept is up to the server',
  Mailer: 'set it up anew, on the server',
  ExtendedEmailPublisher: 'set it up anew, on the server',
  JUnitResultArchiver: 'a failed test fails its command; there are no reports',
  BuildTrigger: 'write on.pipeline in the pipelines that follow',
};

function readRest(job: JenkinsJob, root: XmlElement): void {
  const inner = ['publishers', 'buildWrappers'].flatMap((name) => elementAt(root, name)?.children ?? []);
  const outer = root.children.filter(({ name }) => !silent.has(name));
  const isOff = ({ text, children }: XmlElement) =>
    text === 'false' || (text === '' && children.length === 0);
  for (const element of [...outer.filter((one) => !isOff(one)), ...inner]) {
    const kind = shortName(element.name);
    if (kind === 'ArtifactArchiver' || kind === 'SecretBuildWrapper') readKept(job, element);
    else if (!carriedWrappers.has(kind)) noteElement(job, kind, element);
  }
}

const carriedWrappers = new Set([
  ...['BuildTimeoutWrapper', 'TimestamperBuildWrapper', 'AnsiColorBuildWrapper', 'PreBuildCleanup'],
]);

function noteElement(job: JenkinsJob, kind: string, { line, text }: XmlElement): void {
  const advice = advices[kind] ?? 'look what it does, and whether it is still needed';
  noteIn(job, line)(`${kind}${text === '' ? '' : `: ${text}`}`, advice);
}
