const onTheCluster = 'a job runs on the cluster, and there its manifest says so';
const inManifest = "write a Job and name it with 'manifest'";

const inRun = 'write it in each run step, or in a template that they extend';
const ofRun = (key: string) => `a pipeline has no '${key}' of its own: its steps have\n${inRun}`;

/** Keys of one kind of step that people look for in another, as `kind.key` (of the file itself: `.key`): why not, and what to do instead. */
export const misplacedKeys: Readonly<Record<string, string>> = {
  'job.cache':
    "a job step has no 'cache': caches lie on the disk of a worker, and a job runs on the cluster\nlet a run step make it and a build step put it into the image, or mount a volume in a 'manifest'",
  'job.artifacts':
    "a job step has no 'artifacts': its files stay on the cluster\nlet a run step keep them, or the job send them somewhere",
  'job.services': `a job step has no 'services': ${onTheCluster}\nuse the services of the namespace, or containers of the manifest`,
  'job.network': `a job step has no 'network': ${onTheCluster}\n${inManifest}`,
  'job.cpus': `a job step has no 'cpus': ${onTheCluster}\n${inManifest}, with resources`,
  'job.memory': `a job step has no 'memory': ${onTheCluster}\n${inManifest}, with resources`,
  'job.image':
    "a job step has no 'image': it runs what this run has built, or a manifest\nwrite from: ID of the build step, or name a Job with 'manifest'",
  'run.outputs':
    "a run step declares no 'outputs'\na command writes them: echo NAME=value >> $TRUNKLINE_OUTPUT; later steps read ${steps.ID.outputs.NAME}",
  'build.cache':
    "a build step has no 'cache': the builder keeps layers by itself\nin the Dockerfile, copy what seldom changes first",
  'build.secrets':
    "a build step has no 'secrets': they would stay in the layers of the image\nlet a run step fetch what needs them and keep it as artifacts, which the build finds in its tree",
  'deploy.secrets':
    "a deploy step has no 'secrets': what it applies is stored\nmake a Secret in the namespace, and name it in the manifests",
  '.secrets':
    "secrets are the server's, under 'secrets' of trunkline.yaml\nname them in a run or job step: secrets: { NPM_TOKEN: npm-token }",
  '.env': ofRun('env'),
  '.variables': ofRun('variables'),
  '.environment': ofRun('environment'),
  '.image': ofRun('image'),
  '.services': ofRun('services'),
  '.cache': ofRun('cache'),
  '.artifacts': ofRun('artifacts'),
  '.timeout': ofRun('timeout'),
  '.retry': ofRun('retry'),
  '.matrix': "a pipeline has no 'matrix' of its own\nwrite it in the step that is to be made several times",
  'push.secrets': "a push step has no 'secrets'\n'registries' of trunkline.yaml has the login",
};
