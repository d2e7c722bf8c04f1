import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { longName, openPageSite, storeLongWords, storeRollouts } from './page-site.ts';

const looks = [
  { language: 'en', theme: 'light', width: 1280 },
  { language: 'en', theme: 'dark', width: 390 },
  { language: 'zh', theme: 'light', width: 390 },
  { language: 'zh', theme: 'dark', width: 1280 },
] as const;

const addresses = [
  '/start',
  '/lint',
  '/',
  '/runs',
  '/runs/cart:1',
  '/runs/broken:1',
  '/runs/gated:1',
  '/runs/suites:1?step=nightly',
  `/runs/${longName}:1`,
  '/pipelines/cart',
  '/pipelines/suites',
  `/pipelines/${longName}`,
  '/pipelines/mistyped',
  '/environments',
  '/environments/staging',
  '/environments/production',
  '/repositories',
  '/repositories/shop',
  '/events',
  '/workers',
  '/nothing-here',
];

/** The page, and the button that opens it. */
const dialogs = [
  ['/pipelines/cart', /^(Run|运行)$/],
  ['/runs/gated:1', /^(Approve|批准)$/],
  ['/environments/staging', /^(Promote|把 .+ 晋级)/],
] as const;

test('axe finds nothing on any page, dialog and log-in, in both languages and themes, on a desk and on a phone', async () => {
  await using world = await openPageSite();
  const { api } = world.trunkline;
  const runs = [];
  for (const name of ['cart', 'broken', 'suites', longName]) runs.push(await api.requestRun(name));
  for (const { id } of runs) await api.waitForEnd(id);
  await storeLongWords(world, runs.at(-1)?.id ?? '');
  await api.requestRun('gated');
  await storeRollouts(world);
  const { items } = await api.get<{ items: { id: string }[] }>('/api/v1/events');
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

  const found: string[] = [];
  for (const look of looks) {
    await using reader = await world.browser.open(world.trunkline, look);
    const { page } = reader;
    await page.evaluate(axe);
    // The page loads itself again where a part of it cannot be fetched, as when the machine's networks change.
    await page.addInitScript(axe);
    for (const address of [...addresses, `/events/${items[0]?.id}`]) {
      await goTo(page, address);
      const violations = await violationsOn(page);
      found.push(...violations.map((what) => `${address} (${look.language}, ${look.theme}): ${what}`));
      const width = await page.evaluate('document.documentElement.scrollWidth');
      if (Number(width) > look.width) found.push(`${address} is ${width} wide on ${look.width}`);
    }
    const where = `(${look.language}, ${look.theme})`;
    for (const [address, name] of dialogs) {
      await goTo(page, address);
      await page.locator('main').getByRole('button', { name }).first().click();
      await page.getByRole('dialog').waitFor();
      found.push(...(await violationsOn(page)).map((what) => `the dialog ${name} ${where}: ${what}`));
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await page.evaluate("fetch('/api/v1/session', { method: 'DELETE' })");
    await page.reload();
    await page.locator('input[type=password]').waitFor();
    found.push(...(await violationsOn(page)).map((what) => `the log-in ${where}: ${what}`));
    found.push(...reader.troubles);
  }

  expect(found).toEqual([]);
});

/** Within the page, as its links do. Each page names the tab when it is there. */
async function goTo(page: Page, address: string): Promise<void> {
  const move = `history.pushState({}, '', ${JSON.stringify(address)}); dispatchEvent(new PopStateEvent('popstate'))`;
  await page.evaluate(`document.title = ''; ${move}`);
  const has = (what: string) => `document.querySelector('main ${what}') !== null`;
  // The page that was there may name the tab once more before the new one is loaded.
  const isThere = `document.title !== '' && ${has('h1')} && !(${has('[role=status]')})`;
  await waitFor(() => page.evaluate<boolean>(isThere), { what: address, deadlineMs: 60_000 });
}

interface Result {
  violations: { id: string; nodes: { target: unknown[]; failureSummary: string }[] }[];
}

async function violationsOn(page: Page): Promise<string[]> {
  const run = 'axe.run(document, { resultTypes: ["violations"] })';
  const result = await waitFor(() => page.evaluate<Result>(run), { what: 'the answer of axe' });
  return result.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
  );
}
