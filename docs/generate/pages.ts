import { maxIncludeDepth, maxIncludedFiles } from '../../src/domain/resolve-includes.ts';
import { type TemplateName, templateNames } from '../../src/domain/template.ts';
import type { JsonSchema } from './json-schema.ts';
import { renderReference } from './reference.ts';

const generated = '<!-- Made by `npm run docs` from the schema in src/: change it there. -->';

const values: Record<TemplateName, string> = {
  pipeline: "the pipeline's name",
  run: "the run's number, counted for each pipeline",
  repository: "the repository's name",
  branch: 'the branch: `trunk`, `branches/release-1`',
  'branch-slug':
    'the branch as one word for tags, with a short hash where it had to be changed: `trunk`, `branches-release-1-3f2a91c04d`',
  'renamed-from': 'Subversion: what the branch was called until the commit of the run moved it; else empty',
  revision: 'the revision: `42`, or the 40 digits of a commit',
  'short-revision': 'the same, of a commit only the first 12 digits',
  'last-changed-revision':
    'Subversion: the newest revision up to that which changed the folder of the pipeline: runs that somebody or a schedule starts have HEAD as `revision`, whatever it changed; of other runs the same as `revision`',
  author: 'who committed; empty when nobody knows',
  trigger:
    'what started the run: `commit`, `schedule`, `branch-deleted`; of a retry or rerun what started the first one',
  paths:
    'the folders of the branch in which the commits changed something that the pipeline asks for, the shortest ones, with blanks between them; `.` is the root, and of other runs it is empty',
  'merge-request': 'the number of the merge request; empty for other runs, as are the next two',
  'source-branch': 'the branch that it brings',
  'target-branch': 'the branch that it is to be merged into',
};

export function pipelinePage(schema: JsonSchema): string {
  return `${generated}

# Pipeline files

A pipeline is one YAML file in the \`pipelines/\` folder of the server. It says what starts a run, and what the run does.
A changed file holds from the next run on; nothing has to be restarted.

The least that is useful: tell where the code is, build it, push it, roll it out.

\`\`\`yaml
name: cart
source: { repository: shop, path: services/cart }
on: { commit: {} }
steps:
  - id: image
    build: { image: shop/cart }
  - id: push
    push: { image }
  - id: staging
    deploy: { environment: staging, manifests: deploy/*.yaml }
\`\`\`

\`repository\` and \`environment\` are names of the server's [trunkline.yaml](server-config.md). More to copy is in
[pipelines/](../pipelines/README.md).

**Check it** before it is live: \`npx trunkline lint pipelines/cart.yaml\`. It needs no server and tells every mistake at
once, each with its place. With \`--config trunkline.yaml\` it also looks up the names. The page has the same (\`/lint\`, from
the list of pipelines), as has the API (\`POST /api/v1/lint\`), with the names of the server. \`npx trunkline plan --branch trunk
--path services/cart/src/cart.ts\` says what would run for such a change, filter by filter, and draws the steps; \`--param\` gives values to a run that somebody asks for. Where
the steps are in the repository (\`file\`), both look for them in a checkout: the current folder, or \`--dir FOLDER\`.

**Try it** on your machine: \`npx trunkline run pipelines/cart.yaml --dir ~/src/shop\` runs it on that folder as it is now, without
what Git or Subversion ignores, in your own Docker engine. Nothing is pushed without \`--push\`, nothing is deployed without
\`--deploy\`; both need a \`trunkline.yaml\` (\`--config\`). \`--only test\` runs one step and those that it needs, \`--env A=b\`
sets variables, \`--trigger schedule\` has conditions (\`when\`) see another start than by hand. The folder is only read; Ctrl-C ends the containers.
The number of such a run is the time in seconds, so that its tags are never those of a server's run. Images stay in the engine, as after \`docker build\`,
and a \`cache\` of a step in \`~/.cache/trunkline\` (or below \`XDG_CACHE_HOME\`) for the next run, as long and as much as on a server; \`caches: off\` in the
\`trunkline.yaml\` of \`--config\` keeps none.

**From Jenkins**: \`npx trunkline import jenkins jobs/cart/config.xml > pipelines/cart.yaml\` drafts a pipeline from a job's
\`config.xml\` or a Jenkinsfile; of a scripted one the stages and the branches of \`parallel\`. An \`input\` becomes an \`approve\` step,
a \`matrix\` one of its steps, containers of a pod the images of steps. A parameter that a Jenkinsfile
reads and does not declare is declared as a text without a value. What decides whether something runs and cannot be told
does not run. What it could not carry over stands above the draft, line by line.

**In an editor** with a YAML language server, this first line brings completion and these texts:
\`# yaml-language-server: $schema=./pipeline.schema.json\`. The schema is
[pipelines/pipeline.schema.json](../pipelines/pipeline.schema.json).

## How steps run

- One after the other, in the order of the file. \`needs\` changes that: a step waits for the steps it names, and steps that
  do not wait for each other run at the same time.
- Each step sees the clean tree of the run's revision. What a \`run\` step writes there is gone afterwards, but
  for the files that its \`artifacts\` name: they are kept with the run, and lie in the tree of later \`run\` and \`build\`
  steps that wait for it. Short values it hands on as lines \`NAME=value\` in the file \`$TRUNKLINE_OUTPUT\`
  (\`echo "VERSION=1.4.2" >> "$TRUNKLINE_OUTPUT"\`): at most 64, of 4 KiB, kept with the run and shown, secrets of the
  server covered. A later step that waits for it reads them as \`\${steps.ID.outputs.VERSION}\`, and fails when there is
  none: that step has failed, has written no such line, or its \`when\` has left it out (give both the same one). Of a \`push\` step it reads \`\${steps.ID.outputs.image}\`, the image by its digest: what a later build can stand on. Its commands find \`CI\` in their environment, and with \`TRUNKLINE_\` before
  it \`PIPELINE\`, \`RUN\`, \`REPOSITORY\`, \`BRANCH\`, \`BRANCH_SLUG\`, \`RENAMED_FROM\`, \`REVISION\`, \`SOURCE_URL\` (of the tree, with
  its revision), \`AUTHOR\`, \`MESSAGE\`, \`TRIGGER\`, \`PATHS\` (a folder a line) and \`MERGE_REQUEST\`, \`SOURCE_BRANCH\`, \`TARGET_BRANCH\`; what is not known is empty.
- \`secrets\` of a \`run\` step, or of a \`job\` step with \`from\`, gives it secrets of the server as environment variables: \`secrets: { NPM_TOKEN: npm-token }\`.
  The server's \`trunkline.yaml\` has the secret, and says which pipelines may have it, and on which branches; runs of merge
  requests get it only where it says so. They are masked in the log; who may ask the Docker engine can see them. Those of a
  job are in a Secret of the namespace while the Job works (its account needs \`create\`, \`patch\` and \`delete\` on secrets). \`trunkline
  run\` takes variables of these names from your own environment.
- \`cache\` of a \`run\` step keeps what its commands need not make anew: \`cache: [{ key-files: [package-lock.json], paths:
  [node_modules] }]\`. It is found again for as long as the key files are the same, by the same step with the same image. Each
  branch has its own; what is not there it reads from the trunk or default branch, and a merge request before that from the branch it is to be
  merged into. Nobody else reads what a branch or a merge request has made, so none can slip something into another's build. The log has a line of
  each: a hit and whose, a miss, and why something was not kept. It lies on the worker, under \`DATA_DIR/caches\`: another worker may have none, so the
  commands must make it where it is missing. For the same reason a \`job\` step has none.
- \`services\` run beside a \`run\` step, such as a database for its tests: the commands begin when they are ready, reach them
  by name, and nothing is left of them afterwards. \`matrix\` makes a step for each combination of values.
- A \`trigger\` step starts another pipeline, at the same revision where that is of the same repository, with parameters,
  and ends as its run does. While it waits it needs no worker; a cancel cancels that run too. Pipelines that would start each
  other in a ring are refused.
- When a step fails, the steps that need it are skipped; steps that do not depend on it go on to their end. A \`run\` step
  with \`run-when: on-failure\` begins just then, one with \`run-when: on-cancel\` when the run is cancelled, one with \`run-when: always\` in any case. With
  \`allow-failure\` the failure is only a warning.
- A step whose \`when\` does not hold for the run is skipped, and the steps that need it go on without it. \`when\` beside
  \`steps\` is for all of them.
- Your failure (a test, a Dockerfile, a tree that cannot be used, a rollout that does not become healthy) is not repeated. A fault (the registry was
  away) is, up to five times, with pauses. \`retry\` changes both.
- A step whose worker died is continued by another one, not begun again, wherever that is possible.

## Shared parts

\`templates\` names parts of steps; a step that \`extends\` one has all that stands there, with what it says itself over it.
Keys with values are merged key by key, at every level; a list or a text replaces that of the template, whole. That is
what \`extends\` does in GitLab CI. Nothing else is merged: a file that is included brings its templates and changes nothing by itself.

\`\`\`yaml
name: web
source: { repository: shop, path: services/web }
include:
  - file: shared/node.yaml                  # of the server: pipelines/shared/node.yaml
  - { repository: templates, file: trunk/ci/images.yaml, revision: 4711 }     # Subversion; of Git all 40 digits of a commit
steps:
  - id: test
    extends: node
    run: { env: { NODE_ENV: test } }
\`\`\`

\`\`\`yaml
# pipelines/shared/node.yaml
templates:
  node:
    run: { image: 'node:24', commands: [npm ci, npm test], timeout: 10m }
\`\`\`

An included file has \`templates\`, and may \`include\` others: at most ${maxIncludeDepth} levels deep, ${maxIncludedFiles} files and 1 MiB in all. A
\`file\` without a repository is looked for where the file that names it comes from. Two templates of one name, a ring, a
revision that can move and a \`sha256\` that does not fit are mistakes, told with their place. Each run keeps what was included, with its
SHA-256 sums, for its retries; a rerun takes today's. \`lint\`, \`plan\` and \`run\` follow includes too; those of a repository
need \`--config trunkline.yaml\`.

## Steps in the repository

With \`file\` instead of \`steps\` the steps are in the repository, and change with the code:

\`\`\`yaml
# pipelines/cart.yaml, on the server
name: cart
source: { repository: shop, path: services/cart }
on: { commit: { branches: [trunk, 'branches/*'] }, merge-request: true }
file: ci/trunkline.yaml
\`\`\`

\`\`\`yaml
# services/cart/ci/trunkline.yaml, in the repository
steps:
  - id: test
    run: { image: 'node:24', commands: [npm ci, npm test] }
\`\`\`

- The file is read when a run begins, at the run's revision. A retry has the same steps; a rerun reads them again, below
  today's file of the server. For a merge request the file is that of the branch that it is to be merged into, so that a
  request cannot change what is done with it; \`file: { path: ci/trunkline.yaml, merge-requests: source }\` trusts its own.
  \`trunkline show\` and the page of a run say of which file and revision its steps are.
- Its \`trigger\` steps start only pipelines that \`starts\` names, \`file: { path: ci/trunkline.yaml, starts: [e2e] }\`, and in
  the same repository only at branches that those pipelines' own \`branches\` let pass, where they have any. A step that may
  not fails and says what to add.
- A file that is not there or has mistakes ends the run as failed; the run's log tells each mistake with its place.
- It may have \`steps\`, \`templates\` and \`include\`, the latter of its own repository alone: a \`file\` without a repository is looked
  for below the root of the branch, at the same revision. What starts the pipeline, its name, parameters and \`concurrency\`
  stay in the server's file, and what an environment asks (\`pipelines\`, \`approve\`, freezes) in \`trunkline.yaml\`: a step that
  these do not allow ends the run before anything of it is done.
- \`trunkline lint ci/trunkline.yaml\` checks such a file in a working copy.

## Values

\`\${...}\` reads one of these, nothing else. It works in \`args\`, \`env\`, \`tags\` and \`concurrency.group\`.

| write | it stands for |
|---|---|
${templateNames.map((name) => `| \`\${${name}}\` | ${values[name]} |`).join('\n')}
| \`\${matrix.NAME}\` | in a step with a \`matrix\`, in its \`image\` and \`env\`: a value of the combination |
| \`\${parameters.NAME}\` | a parameter of the run, which the file declares under \`parameters\` |
| \`\${steps.ID.outputs.NAME}\` | in steps that come after the \`run\` step \`ID\`: what its commands left as \`NAME\`; of a \`push\` step \`image\`, as \`registry.example.com/shop/base@sha256:...\`, and \`digest\` |

${renderReference(schema)}`;
}

export function serverConfigPage(schema: JsonSchema): string {
  return `${generated}

# trunkline.yaml

The server's own file: what the names in pipelines stand for, and which secrets they need. It is read once, at the start,
from the folder in which \`trunkline serve\` starts, or from where \`--config\` or \`TRUNKLINE_CONFIG\` says. A file with
mistakes is refused, with the place of each. Without the file everything has its default.

\`\`\`yaml
repositories:
  shop: { svn: 'svn://svn.example.com/shop', credentials: svn, hook: { token: { file: /run/secrets/shop-hook } } }
credentials:
  svn: { username: ci, password: { file: /run/secrets/svn } }
  registry: { username: ci, password: { env: REGISTRY_PASSWORD } }
registries:
  main: { host: registry.example.com, credentials: registry, default: true }
environments:
  staging: { kubernetes: { context: staging, namespace: shop }, pipelines: [cart] }
secrets:
  npm-token: { value: { file: /run/secrets/npm-token }, pipelines: [cart], branches: [trunk] }
\`\`\`

**In an editor** with a YAML language server, this first line brings completion and these texts, for a file in the root of
a clone: \`# yaml-language-server: $schema=./pipelines/trunkline.schema.json\`.

${renderReference(schema)}`;
}
