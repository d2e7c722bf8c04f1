import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cart } from '../test/support/cart.ts';
import { dockerEngine } from '../test/support/docker.ts';
import { kubernetes } from '../test/support/kubernetes.ts';
import { runCommand } from '../test/support/run-command.ts';
import { installHook, openSite, type Site } from '../test/support/site.ts';
import { type Subversion, startSubversion } from '../test/support/subversion.ts';
import { temporaryFolder } from '../test/support/temporary-folder.ts';
import { checkOut, type WorkingCopy } from './commits.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

const replicas = 3;

/** From the return of `svn commit` to rolled out, against the same work by hand in one script. */
export async function benchChain(n = 10): Promise<BenchReport> {
  await using site = await openSite();
  const cluster = await kubernetes();
  const { host: engine } = await dockerEngine();
  await using own = await cluster.makeNamespace();
  await using byHand = await cluster.makeNamespace();
  const { kubeconfig, context } = cluster;
  const staging = { kubernetes: { kubeconfig, context, namespace: own.name } };
  const config = site.config({
    environments: { staging },
    // The registry itself: the proxy is for tests that cut it off.
    registries: { main: { host: site.registry.host, default: true } },
  });
  await site.commit(cart({ replicas }));
  await using trunkline = await site.serve({ config, pipelines: { cart: pipeline } });
  await installHook(site.subversion, trunkline.url);
  await using other = await startSubversion();
  await other.commit({ files: inFolder(cart({ replicas })) });
  await using ours = await checkOut(site.subversion, folder);
  await using theirs = await checkOut(other, folder);
  await using script = await writeScript({
    other,
    engine,
    registry: site.registry.host,
    kubeconfig,
    namespace: byHand.name,
  });
  await deployFirst({ site, cluster, engine, namespace: byHand.name });

  const samples: { ours: number; floor: number }[] = [];
  for (let round = 0; round <= n; round += 1) {
    const oursMs = await throughTrunkline(ours, { round, api: trunkline.api });
    const floorMs = await throughScript(theirs, { round, script: script.path });
    // The first round warms the layers of both.
    if (round > 0) samples.push({ ours: oursMs, floor: floorMs });
  }
  const goals = [{ of: 'ratio.median', atMost: 1.05 }];
  const facts = { figure: `commit to rolled out, ${replicas} replicas, soak 0 s`, unit: 'ms', goals };
  return { name: 'chain', machine: machine(), n, figures: figureOf(facts, samples) };
}

const folder = 'trunk/services/cart';
const image = 'shop/cart';

const pipeline = JSON.stringify({
  name: 'cart',
  source: { repository: 'shop', path: 'services/cart' },
  on: { commit: { branches: ['trunk'] } },
  steps: [
    { id: 'image', build: { context: '.', image } },
    { id: 'push', push: { image: 'image', tags: ['r${revision}'] } },
    { id: 'staging', deploy: { environment: 'staging', manifests: 'deploy/*.yaml', soak: '0s' } },
  ],
});

function inFolder(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}

async function throughTrunkline(
  copy: WorkingCopy,
  { round, api }: { round: number; api: Awaited<ReturnType<Site['serve']>>['api'] },
): Promise<number> {
  const before = (await api.runs()).length;
  const committedAt = await copy.commit('message.txt', `version ${round}\n`);
  for (;;) {
    const run = (await api.runs())[before];
    if (run === undefined) continue;
    const ended = await api.waitForOutcome(run.id, 'succeeded', 120_000);
    return Date.parse(ended.endedAt ?? '') - committedAt;
  }
}

async function throughScript(
  copy: WorkingCopy,
  { round, script }: { round: number; script: string },
): Promise<number> {
  const committedAt = await copy.commit('message.txt', `version ${round}\n`);
  await runCommand('bash', [script], { deadlineMs: 120_000 });
  return Date.now() - committedAt;
}

interface ScriptFacts {
  other: Subversion;
  engine: string;
  registry: string;
  kubeconfig: string;
  namespace: string;
}

/** What a person would write: export, build, push, set the image, wait. */
async function writeScript(facts: ScriptFacts): Promise<AsyncDisposable & { path: string }> {
  const home = await temporaryFolder();
  const path = join(home.path, 'by-hand.sh');
  const kubectl = `kubectl --kubeconfig ${facts.kubeconfig} -n ${facts.namespace}`;
  const text = `set -e
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
url=${facts.other.root}/${folder}
revision=$(svn info --show-item revision "$url")
svn export --quiet -r "$revision" "$url@$revision" "$work/tree"
name=${facts.registry}/by-hand/cart:r$revision
export DOCKER_HOST=${facts.engine} DOCKER_BUILDKIT=1
${await dockerWithBuildKit()} build --quiet -t "$name" "$work/tree" >/dev/null
docker push --quiet "$name" >/dev/null
${kubectl} set image deployment/cart cart="$name" >/dev/null
${kubectl} rollout status deployment/cart >/dev/null
`;
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

/** Newer clients build with BuildKit only through a plug-in; the one beside Debian's engine has it inside. */
async function dockerWithBuildKit(): Promise<string> {
  const debians = '/usr/bin/docker';
  return access(debians).then(
    () => debians,
    () => 'docker',
  );
}

async function deployFirst(facts: {
  site: Site;
  cluster: Awaited<ReturnType<typeof kubernetes>>;
  engine: string;
  namespace: string;
}): Promise<void> {
  await using home = await temporaryFolder();
  const path = join(home.path, 'cart.yaml');
  const manifest = cart({ replicas })['deploy/cart.yaml'] ?? '';
  await writeFile(path, manifest.replace('image: shop/cart', 'image: trunkline-test/base:1'));
  await facts.cluster.kubectl('-n', facts.namespace, 'apply', '-f', path);
}
