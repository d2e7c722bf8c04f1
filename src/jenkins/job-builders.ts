import { type JenkinsJob, type JobStep, noteIn, plainStep } from './job.ts';
import { shortName } from './job-source.ts';
import { addScript } from './shell-commands.ts';
import { textAt, type XmlElement } from './xml-elements.ts';

/** One builder of a job as a step; null, and told: what it does can be no command. */
export function stepOfBuilder(job: JenkinsJob, builder: XmlElement): JobStep | null {
  const { line } = builder;
  const kind = shortName(builder.name);
  const tool = tools[kind];
  const text = kind === 'Shell' ? textAt(builder, 'command') : (tool?.commandOf(builder) ?? null);
  if (text === null) {
    noteIn(job, line)(`the build step ${kind}`, 'write what it does as commands of a run step');
    return null;
  }
  const step = plainStep(tool?.name ?? kind.toLowerCase());
  step.image = tool?.image ?? null;
  addScript(job, step, { text, line });
  if (tool !== undefined) noteIn(job, line)(`the ${tool.says} that Jenkins installs`, tool.advice);
  return step.commands.length === 0 ? null : step;
}

interface Tool {
  /** Of the step. */
  name: string;
  says: string;
  image: string | null;
  advice: string;
  /** null: it cannot be said. */
  commandOf(builder: XmlElement): string | null;
}

const maven: Tool = {
  name: 'maven',
  says: 'Maven',
  image: 'maven:3-eclipse-temurin-21',
  advice: 'check the version of Java and of Maven in the image',
  commandOf(builder) {
    const file = textAt(builder, 'rootPOM') || textAt(builder, 'pom');
    const pom = ['', 'pom.xml'].includes(file) ? '' : ` --file ${quoted(file)}`;
    return `mvn --batch-mode${pom} ${textAt(builder, 'targets') || textAt(builder, 'goals') || 'install'}`;
  },
};

const tools: Readonly<Record<string, Tool>> = {
  Maven: maven,
  'maven2-moduleset': maven,
  Ant: {
    name: 'ant',
    says: 'Ant',
    image: null,
    advice: 'write an image that has Java and Ant',
    commandOf(builder) {
      const file = textAt(builder, 'buildFile');
      return `ant${file === '' ? '' : ` -buildfile ${quoted(file)}`} ${oneLine(textAt(builder, 'targets'))}`.trim();
    },
  },
  Gradle: {
    name: 'gradle',
    says: 'Gradle',
    image: 'gradle:8-jdk21',
    advice: 'check the version of Java and of Gradle in the image',
    commandOf(builder) {
      const program = textAt(builder, 'useWrapper') === 'true' ? './gradlew' : 'gradle';
      const words = [textAt(builder, 'switches'), textAt(builder, 'tasks')].map(oneLine);
      return [program, ...words.filter((text) => text !== '')].join(' ');
    },
  },
};

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
