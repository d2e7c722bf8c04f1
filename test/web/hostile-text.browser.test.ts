import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOfCommit } from '../support/site.ts';
import { openPageSite, type PageSite } from './page-site.ts';

let world: PageSite;
beforeAll(async () => {
  world = await openPageSite();
});
afterAll(() => world[Symbol.asyncDispose]());

test('a message that would turn the text around it is shown with its hidden characters, wherever it stands', async () => {
  const { site, trunkline, browser } = world;
  const message = 'Ship \u202eyadot ton\u202c it';
  const files = { 'trunk/services/cart/go.txt': `${Date.now()}\n` };
  const run = await runOfCommit(site, trunkline, await site.subversion.commit({ files, message }));
  await using reader = await browser.open(trunkline);
  const { page } = reader;
  const told = 'Ship ⟨U+202E⟩yadot ton⟨U+202C⟩ it';

  for (const address of ['/', '/runs', `/runs/${run}`]) {
    await page.goto(address);
    await page.locator('bdi', { hasText: told }).first().waitFor();
    expect(await page.locator('body').textContent()).not.toContain('\u202e');
  }
  expect(reader.troubles).toEqual([]);
});

test('a run that has no steps has no empty line of them', async () => {
  const { trunkline, browser } = world;
  const { id } = await trunkline.api.requestRun('elsewhere');
  await trunkline.api.waitForEnd(id);
  await using reader = await browser.open(trunkline);

  await reader.page.goto(`/runs/${id}`);
  await reader.page.getByText('ci/not-there.yaml').first().waitFor();

  expect(await reader.page.getByRole('region', { name: 'Steps' }).count()).toBe(0);
});
