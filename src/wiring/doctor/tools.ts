import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServerConfig } from '../../config/server-config.ts';
import { type Finding, fine, problem } from '../../domain/finding.ts';

interface Tool {
  name: string;
  args: string[];
  /** Debian's package. */
  package: string;
  /** null: nothing in the config needs it for certain. */
  neededFor: string | null;
  /** What only some pipelines do with it. */
  optionalFor?: string;
}

/** The programs that are called: those that the config needs, and those that some pipelines need. */
export async function examineTools(config: ServerConfig): Promise<Finding[]> {
  return (await Promise.all(toolsFor(config).map(examineTool))).flat();
}

function toolsFor({ repositories, environments, databaseUrl }: ServerConfig): Tool[] {
  const all = Object.values(repositories);
  const has = (kind: 'svn' | 'git') => all.some((repository) => repository.kind === kind);
  const isKubernetes = Object.values(environments).some(({ cluster }) => cluster.kind === 'kubernetes');
  const svn = has('svn') ? 'Subversion repositories' : null;
  const git = has('git') ? 'Git repositories' : null;
  const overSsh = all.some(({ url }) => /^svn\+ssh:|^ssh:|^[^/:]+@[^/:]+:/.test(url));
  return [
    { name: 'svn', args: ['--version', '--quiet'], package: 'subversion', neededFor: svn },
    { name: 'git', args: ['--version'], package: 'git', neededFor: git },
    {
      name: 'ssh',
      args: ['-V'],
      package: 'openssh-client',
      neededFor: overSsh ? 'repositories over SSH' : null,
    },
    {
      name: 'flock',
      args: ['--version'],
      package: 'util-linux',
      neededFor: databaseUrl === null ? 'the embedded database' : null,
    },
    ...(isKubernetes
      ? [
          {
            name: 'kubectl',
            args: ['version', '--client'],
            package: 'kubectl',
            neededFor: null,
            optionalFor: 'deploy steps with `kustomize`',
          },
        ]
      : []),
  ].filter((tool: Tool) => tool.neededFor !== null || tool.optionalFor !== undefined);
}

async function examineTool(tool: Tool): Promise<Finding[]> {
  const { name, args, neededFor } = tool;
  try {
    const { stdout, stderr } = await promisify(execFile)(name, args, { timeout: 10_000 });
    return [fine(name, (stdout || stderr).trim().split('\n', 1)[0] ?? '')];
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const text = isMissing ? `${name} is not on the PATH` : `${name} does not work: ${lastLine(error)}`;
    const hint = `Install it: apt-get install ${tool.package}.`;
    if (neededFor !== null) return [problem(name, `${text}; it is needed for ${neededFor}`, hint)];
    return [
      { part: name, state: 'warning', text: `${text}; it is needed for ${tool.optionalFor}`, hint: null },
    ];
  }
}

function lastLine(error: unknown): string {
  return error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
}
