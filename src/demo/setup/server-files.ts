import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployFile } from '../service/service-files.ts';
import type { DemoFolder } from './demo-folder.ts';

export interface ServerFacts {
  port: number;
  repository: string;
  registry: string;
  /** The service's, without the registry. */
  image: string;
  /** The engine's address, as in DOCKER_HOST. */
  docker: string;
  /** What stands under `environments: demo:`. */
  environment: object;
  /** The secrets, which the config names by their files. */
  svnPassword: string;
  hookToken: string;
  svnUser: string;
}

/**
 * Writes trunkline.yaml anew, since addresses change, and the pipeline once, since it is there to be changed.
 * @returns the path of trunkline.yaml
 */
export async function writeServerFiles(folder: DemoFolder, facts: ServerFacts): Promise<string> {
  const secrets = folder.inside('secrets');
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  await writeFile(join(secrets, 'svn-password'), facts.svnPassword, { mode: 0o600 });
  await writeFile(join(secrets, 'hook-token'), facts.hookToken, { mode: 0o600 });
  const config = folder.at('trunkline.yaml');
  await writeFile(config, configText(facts));
  const pipeline = folder.at('pipelines/hello.yaml');
  await mkdir(folder.at('pipelines'), { recursive: true });
  if (!(await exists(pipeline))) await writeFile(pipeline, pipelineText(facts));
  return config;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** JSON is YAML; only the environment's own keys are not known here. */
function configText({ port, repository, registry, docker, environment, svnUser }: ServerFacts): string {
  return `# What this server knows. The demo writes this file anew at each start; pipelines/ is yours to change.
port: ${port}
data-dir: .state/data
pipelines: pipelines
docker: { host: '${docker}' }
credentials:
  svn: { username: ${svnUser}, password: { file: .state/secrets/svn-password } }
repositories:
  demo:
    svn: ${repository}
    credentials: svn
    poll: 60s                 # finds what the hook lost
    hook: { token: { file: .state/secrets/hook-token } }
registries:
  demo: { host: '${registry}', default: true, insecure: true }
environments:
  demo: ${JSON.stringify({ ...environment, pipelines: ['hello'] })}
`;
}

function pipelineText({ image }: ServerFacts): string {
  return `# From a commit to the running service. A change of this file holds from the next run on.
name: hello
source: { repository: demo, path: hello }
on:
  commit: { branches: [trunk] }
steps:
  - id: image
    build: { context: ., image: ${image}, args: { VERSION: 'r\${revision}' } }
  - id: test
    run: { from: image, commands: [sh test.sh] }
  - id: push
    push: { image, tags: ['r\${revision}'] }
  - id: live
    deploy: { environment: demo, manifests: ${deployFile}, soak: 1s }
`;
}
