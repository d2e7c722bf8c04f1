import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { openPageSite, type PageSite, storeRollouts } from './page-site.ts';

const mostBytes = 500_000;

let world: PageSite;
beforeAll(async () => {
  world = await openPageSite();
});
afterAll(() => world[Symbol.asyncDispose]());

test('a run is asked for on the page and goes live to its end; its log is searched, and a line of it linked to', async () => {
  await using reader = await world.browser.open(world.trunkline);
  const { page } = reader;

  await page.getByRole('link', { name: 'cart', exact: true }).click();
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('combobox', { name: 'size' }).selectOption('large');
  await page.getByRole('checkbox', { name: 'dry-run' }).check();
  await page.getByRole('textbox', { name: 'label' }).fill('NO');
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.getByText("parameter 'label' takes text that matches [a-z]*; 'NO' was given").waitFor();
  await page.getByRole('textbox', { name: 'label' }).fill('yes');
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.getByRole('heading', { name: /^cart #/ }).waitFor();
  await page.getByText('packed large, dry run: true').last().waitFor();
  await page.getByText('compiling file 300').waitFor();
  await page.getByText('Succeeded', { exact: true }).first().waitFor();

  await page.getByText('<b>not markup</b>').first().waitFor();
  expect(await page.locator('b').count()).toBe(0);
  expect(await page.getByText('red words').last().getAttribute('style')).toContain('rgb(255, 143, 122)');

  await page.getByRole('searchbox').fill('compiling FILE 12');
  await page.getByRole('searchbox').press('Enter');
  await page.getByText('1 of 11').waitFor();
  await page.getByRole('searchbox').press('Shift+Enter');
  await page.getByText('11 of 11').waitFor();
  await page.getByText('compiling file 129').click();

  const line = page.locator('[data-line]', { hasText: 'compiling file 129' });
  await line.getByRole('link').click();
  await waitFor(() => /#L\d+$/.test(page.url()), { what: 'the line in the address' });
  await using other = await world.browser.open(world.trunkline);
  await other.page.goto(page.url());
  await other.page.locator('[data-is-linked]', { hasText: 'compiling file 129' }).waitFor();

  await using early = await world.browser.open(world.trunkline);
  const held = Promise.withResolvers<void>();
  await early.page.route(/\/log$/, (route) => held.promise.then(() => route.continue()));
  await early.page.goto(page.url().replace(/#.*/, ''));
  await early.page.getByRole('searchbox').fill('compiling file 129');
  await early.page.getByText('0 of 1').waitFor();
  await early.page.getByRole('searchbox').press('Enter');
  held.resolve();
  await early.page.locator('[data-is-linked]', { hasText: 'compiling file 129' }).waitFor();

  await using hasty = await world.browser.open(world.trunkline);
  const [whole, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await hasty.page.route(/\/log$/, (route) => whole.promise.then(() => route.continue()));
  await hasty.page.route(/\/log\/search/, (route) => asked.promise.then(() => route.continue()));
  await hasty.page.goto(page.url().replace(/#.*/, ''));
  await hasty.page.getByRole('searchbox').fill('compiling file 129');
  await hasty.page.getByRole('searchbox').press('Enter');
  await hasty.page.getByText('looking', { exact: true }).waitFor();
  asked.resolve();
  await hasty.page.getByText('1 of 1').waitFor();
  whole.resolve();
  await hasty.page.locator('[data-is-linked]', { hasText: 'compiling file 129' }).waitFor();

  await page.getByRole('button', { name: /^unit/ }).click();
  await page.getByRole('heading', { name: 'Log of unit' }).waitFor();
  await page.locator('[data-line]').nth(5).waitFor({ state: 'detached' });
  expect([...reader.troubles, ...other.troubles]).toEqual([]);
});

test('a failed run shows its cause first and is retried; one is cancelled, and one approved by who may do so', async () => {
  const { api } = world.trunkline;
  const failed = await api.requestRun('broken');
  const endless = await api.requestRun('endless');
  await api.waitForOutcome(failed.id, 'failed');
  await using reader = await world.browser.open(world.trunkline);
  const { page } = reader;

  await page.goto(`/runs/broken:${failed.number}`);
  const cause = page.getByRole('region', { name: 'Why it ended so' });
  await cause.getByText('check: Failed').waitFor();
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByRole('heading', { name: `broken #${failed.number + 1}` }).waitFor();

  await api.waitForLog(endless.id, 'waiting');
  await page.goto('/runs/endless:latest');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Cancel the run' }).click();
  await page.getByText('Cancelled', { exact: true }).first().waitFor();

  await cause.getByText('cancelled by admin').first().waitFor();

  const gated = await api.requestRun('gated');
  await page.goto('/runs/gated:latest');
  const approval = page.getByRole('region', { name: 'Approval of signoff' });
  await approval.getByText('Ready to go?').waitFor();
  await approval.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page.getByText('it takes a token with the role release').waitFor();
  const { token } = await api.post<{ token: string }>('/api/v1/tokens', {
    ...{ name: 'rita', scopes: ['read'], roles: ['release'] },
  });
  await using approver = await world.browser.open({ ...world.trunkline, token });
  await approver.page.goto('/runs/gated:latest');
  await approver.page.getByRole('button', { name: 'Approve', exact: true }).click();
  const dialog = approver.page.getByRole('dialog');
  await dialog.getByLabel('Comment').fill('all is well');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await approver.page.getByText('Succeeded', { exact: true }).first().waitFor();

  expect((await api.run(gated.id)).outcome).toBe('succeeded');
  expect((await api.run(endless.id)).outcome).toBe('cancelled');
  expect((await api.runs('broken')).map(({ trigger }) => trigger).slice(-2)).toEqual(['api', 'retry']);
  expect(reader.troubles).toEqual([]);
});

test('an environment says what is new in it and whether it is frozen, and what runs there is promoted', async () => {
  await storeRollouts(world);
  await using reader = await world.browser.open(world.trunkline);
  const { page } = reader;

  await page.getByRole('link', { name: 'Environments' }).click();
  await page.getByText(/^Frozen until .+: stocktaking/).waitFor();
  await page.getByRole('link', { name: 'staging' }).click();
  await page.getByText('1 change since r8 (shipped #1)').click();
  await page.getByText('Sell more').waitFor();
  await page.getByRole('button', { name: 'Promote deployment/cart' }).click();
  const dialog = page.getByRole('dialog', { name: 'Promote r9 to production?' });
  await dialog.getByText(/^Frozen until .+: stocktaking/).waitFor();
  await dialog.getByRole('row', { name: /deployment\/cart/ }).waitFor();
  await dialog.getByRole('button', { name: 'Promote' }).click();
  await page.getByRole('heading', { name: 'shipped #2' }).waitFor();
  await page.getByText('production: Rejected').waitFor();

  await page.goto('/runs/shipped:1');
  await page.getByText('CPU of each pod: 5m → 7m').first().waitFor();
  await page.getByText('Memory of each pod: 16.0Mi → 16.0Mi').first().waitFor();

  expect((await world.trunkline.api.runs('shipped')).at(-1)?.trigger).toBe('promotion');
  expect(reader.troubles).toEqual([]);
});

test('language and theme are switched and remembered, and a log-out ends it all', async () => {
  await using reader = await world.browser.open(world.trunkline);
  const { page } = reader;
  const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const before = await paper();

  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitem', { name: '中文' }).click();
  await page.getByRole('heading', { name: '流水线' }).waitFor();
  await page.getByRole('button', { name: '浅色或深色' }).click();
  await page.getByRole('menuitem', { name: '深色' }).click();
  await page.reload();
  await page.getByRole('heading', { name: '流水线' }).waitFor();

  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
  expect(await paper()).not.toBe(before);

  await page.getByRole('button', { name: '账户' }).click();
  await page.getByRole('menuitem', { name: '退出登录' }).click();
  await page.getByLabel(/^令牌/).waitFor();
  await page.goto('/runs');
  await page.getByLabel(/^令牌/).fill('trk_wrong');
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByRole('alert').waitFor();
  expect(reader.troubles).toEqual([]);
});

test('the first view loads less than 500 kB in all, compressed, and nothing from elsewhere', async () => {
  await using reader = await world.browser.open(world.trunkline);
  const { page } = reader;
  const received: { url: string; bytes: number }[] = [];
  const session = await reader.context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const urls = new Map<string, string>();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const url = urls.get(requestId);
    // What the page before had begun is not of this view.
    if (url !== undefined) received.push({ url, bytes: encodedDataLength });
  });

  await page.goto('/');
  await page.getByRole('heading', { name: 'Pipelines' }).waitFor();
  await page.waitForLoadState('networkidle');

  const total = received.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThan(mostBytes);
  expect(received.filter(({ url }) => !url.startsWith(world.trunkline.url))).toEqual([]);
});

test('a pipeline file is checked on its page, by hand or from a file, with each mistake below its line', async () => {
  await using reader = await world.browser.open(world.trunkline);
  const { page } = reader;
  const wrong = 'name: cart\nsource: { repository: shop }\nsteps:\n  - { id: a, rnu: {} }\n';

  await page.getByRole('link', { name: 'Check a pipeline file' }).click();
  await page.getByRole('textbox', { name: 'The file' }).fill(wrong);
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.getByText("unknown key 'rnu'").waitFor();
  const mistake = await page.locator('[data-wrong]').textContent();
  const buffer = Buffer.from(wrong.replace('rnu: {}', 'run: { image: busybox, commands: [ls] }'));
  await page.locator('input[type=file]').setInputFiles({ name: 'a.yaml', mimeType: 'text/yaml', buffer });
  await page.getByRole('heading', { name: 'No problems.' }).waitFor();

  expect(mistake).toContain('rnu');
  expect(reader.troubles).toEqual([]);
});

test('who may administer drains a worker on its page and lets it take runs again; others see how it fares', async () => {
  await using reader = await world.browser.open(world.trunkline);
  const reading = { name: 'looker', scopes: ['read'] };
  const { token } = await world.trunkline.api.post<{ token: string }>('/api/v1/tokens', reading);
  await using looker = await world.browser.open({ ...world.trunkline, token });
  const { page } = reader;

  await looker.page.goto('/workers');
  await looker.page.getByText('0 of').waitFor();
  const buttons = await looker.page.locator('main').getByRole('button').count();
  await page.goto('/workers');
  await page.getByRole('button', { name: /^Drain / }).click();
  await page.getByText('Draining').waitFor();
  await page.getByRole('button', { name: /^Resume / }).click();
  await page.getByText('Ready').waitFor();

  expect(buttons).toBe(0);
  expect(reader.troubles).toEqual([]);
});
