import { readJenkinsfile } from './jenkinsfile.ts';
import { emptyJob, type JenkinsJob, type JobStep, plainStep, type Unreadable } from './job.ts';
import { addParameter } from './job-parameters.ts';
import { readSource, shortName } from './job-source.ts';
import { readTriggers } from './job-triggers.ts';
import { addScript } from './shell-commands.ts';
import { elementAt, readXml, textAt, type XmlElement } from './xml-elements.ts';

/** Reads the `config.xml` of a job: a freestyle one whole, of a pipeline job what is in it. Never throws. */
export function readJobConfig(text: string, name: string): JenkinsJob | Unreadable {
  const root = readXml(text);
  if ('problem' in root) return root;
  if (root.name === 'flow-definition') return readPipelineJob(root, name);
  if (root.name !== 'project') {
    const problem = `a job of the kind ${root.name} is not read: only freestyle jobs (project) and pipelines are`;
    return { line: root.line, problem };
  }
  const job = emptyJob();
  readSource(job, elementAt(root, 'scm'));
  readTriggers(job, root, name);
  readParameters(job, root);
  readBuilders(job, root);
  readRest(job, root);
  return job;
}

function readPipelineJob(root: XmlElement, name: string): JenkinsJob | Unreadable {
  const definition = elementAt(root, 'definition');
  const script = elementAt(definition, 'script');
  const job = script === undefined ? emptyJob() : readJenkinsfile(script.text, name);
  if ('problem' in job) return { ...job, line: (script?.line ?? 0) + job.line - 1 };
  if (script === undefined) {
    readSource(job, elementAt(definition, 'scm'));
    const advice = `import that file as well: trunkline import jenkins ${textAt(definition, 'scriptPath') || 'Jenkinsfile'}`;
    job.notes.push({ line: definition?.line ?? 0, what: 'the steps are in a file of the tree', advice });
  }
  readTriggers(job, root, name);
  readParameters(job, root);
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
  for (const builder of elementAt(root, 'builders')?.children ?? []) {
    const step = stepOf(job, builder);
    if (step === null) continue;
    step.timeoutSeconds = minutes > 0 ? minutes * 60 : null;
    step.needs = job.steps.length === 0 ? [] : [job.steps.length - 1];
    job.steps.push(step);
  }
}

function stepOf(job: JenkinsJob, builder: XmlElement): JobStep | null {
  const { line } = builder;
  const kind = shortName(builder.name);
  const step = plainStep(kind.toLowerCase());
  if (kind === 'Shell') addScript(job, step, { text: textAt(builder, 'command'), line });
  else if (kind === 'Maven') {
    step.image = 'maven:3-eclipse-temurin-21';
    addScript(job, step, { text: `mvn --batch-mode ${textAt(builder, 'targets')}`, line });
    const advice = 'check the version of Java and of Maven in the image';
    job.notes.push({ line, what: 'the Maven that Jenkins installs', advice });
  } else {
    const advice = 'write what it does as commands of a run step';
    job.notes.push({ line, what: `the build step ${kind}`, advice });
  }
  return step.commands.length === 0 ? null : step;
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
]);

const advices: Readonly<Record<string, string>> = {
  assignedNode: 'there are no labels: the image of a step has its tools',
  disabled: 'the job is disabled: leave the file away until it is wanted',
  logRotator: 'how long runs are kept is up to the server',
  Mailer: 'set it up anew, on the server',
  ExtendedEmailPublisher: 'set it up anew, on the server',
  ArtifactArchiver: 'not carried over: push an image, or copy the files with a command',
  JUnitResultArchiver: 'a failed test fails its command; there are no reports',
  BuildTrigger: 'write on.pipeline in the pipelines that follow',
  SecretBuildWrapper: 'a secret never stands in a pipeline: set it up on the server',
};

function readRest(job: JenkinsJob, root: XmlElement): void {
  const inner = ['publishers', 'buildWrappers'].flatMap((name) => elementAt(root, name)?.children ?? []);
  const outer = root.children.filter(({ name }) => !silent.has(name));
  for (const element of [...outer, ...inner]) {
    const kind = shortName(element.name);
    if (/^(?:BuildTimeoutWrapper|TimestamperBuildWrapper|AnsiColorBuildWrapper|PreBuildCleanup)$/.test(kind))
      continue;
    const isOff = element.text === 'false' || (element.text === '' && element.children.length === 0);
    if (isOff && outer.includes(element)) continue;
    const advice = advices[kind] ?? 'look what it does, and whether it is still needed';
    job.notes.push({
      line: element.line,
      what: `${kind}${element.text === '' ? '' : `: ${element.text}`}`,
      advice,
    });
  }
}
