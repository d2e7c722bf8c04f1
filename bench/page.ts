import { openBrowser, type Reader } from '../test/support/browser.ts';
import { openSite } from '../test/support/site.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

/** The least that can be shown from the same server: text, without script or style. */
const floorPath = '/healthz';

/** The first view of the page with an empty cache, against a text of the same server in the same browser. */
export async function benchPage(n = 20): Promise<BenchReport> {
  await using site = await openSite();
  await site.subversion.commit({ files: { 'trunk/services/cart/file.txt': '0\n' } });
  await using trunkline = await site.serve({ pipelines: { cart: pipeline } });
  await using browser = await openBrowser();
  await using reader = await browser.open(trunkline);
  const session = await reader.context.newCDPSession(reader.page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const samples: { ours: number; floor: number }[] = [];
  for (let round = 0; round < n; round += 1) {
    const floor = await timeUntil(reader, floorPath, 'body');
    samples.push({ ours: await timeUntil(reader, '/', 'h1'), floor });
  }
  const goals = [{ of: 'ours.p99', atMost: 1000 }];
  const facts = { figure: 'from the address to the list of pipelines, cache empty', unit: 'ms', goals };
  return { name: 'page', machine: machine(), n, figures: figureOf(facts, samples) };
}

const pipeline = `
name: cart
source: { repository: shop, path: services/cart }
steps:
  - { id: test, run: { image: 'trunkline-test/base:1', commands: ['true'] } }
`;

async function timeUntil({ page }: Reader, path: string, seen: string): Promise<number> {
  const startedAt = performance.now();
  await page.goto(path, { waitUntil: 'commit' });
  await page.locator(seen).first().waitFor({ state: 'attached' });
  return performance.now() - startedAt;
}
