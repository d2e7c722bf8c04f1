import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOfCommit } from '../support/site.ts';
import { waitFor } from '../support/wait-for.ts';
import { openPageSite, type PageSite, storeFailedRollout } from './page-site.ts';

let world: PageSite;
beforeAll(async () => {
  world = await openPageSite();
});
afterAll(() => world[Symbol.asyncDispose]());

test('the page says why a pipeline ran or not, where a broken file is wrong, and how the repository fares', async () => {
  const { site, trunkline } = world;
  await runOfCommit(site, trunkline, await site.commit({ 'go.txt': `${Date.now()}\n` }));
  await using reader = await world.browser.open(trunkline);
  const { page } = reader;

  await page.getByText('mistyped.yaml').waitFor();
  await page.getByText("unknown key 'biuld'").waitFor();

  await page.getByRole('link', { name: 'Events' }).click();
  await page.getByRole('link', { name: 'Subversion hook' }).first().click();
  const row = page.getByRole('row', { name: /^paths/ }).first();
  await row.getByText('services/cart/go.txt modified').waitFor();
  await row.getByText('passed').waitFor();
  const event = `/api/v1/events/${page.url().replace(/.*\//, '')}`;
  const handledAt = async () => (await trunkline.api.get<{ handledAt: string | null }>(event)).handledAt;
  const runs = async () => {
    const { items } = await trunkline.api.get<{ items: { id: string }[] }>('/api/v1/runs?pipeline=cart');
    return items.map(({ id }) => id);
  };
  const [first, made] = [await handledAt(), await runs()];
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByText('It has been taken up again; below is what comes of it.').waitFor();
  await waitFor(async () => ![first, null].includes(await handledAt()), {
    ...{ what: 'the event to be handled again', deadlineMs: 60_000 },
  });
  await row.getByText('services/cart/go.txt modified').waitFor();
  await page.getByRole('link', { name: 'to the run' }).click();
  await page.getByText('Why it runs').waitFor();

  await page.getByRole('link', { name: 'Repositories' }).click();
  await page.getByRole('link', { name: 'shop' }).click();
  await page.getByText('svn-post-commit hooks/post-commit').waitFor();
  await page.getByText(`echo '${trunkline.url}'`).waitFor();
  expect(await runs()).toEqual(made);
  expect(reader.troubles).toEqual([]);
});

test('a failed rollout is told with what helps, what each node has against it, events and changes', async () => {
  const run = await storeFailedRollout(world);
  for (const { language, kind, hint, against, changes, inLists } of told) {
    await using reader = await world.browser.open(world.trunkline, { language });
    const { page } = reader;

    await page.goto(`/runs/${run}`);
    await page.getByText(kind).waitFor();
    await page.getByText(hint, { exact: true }).waitFor();
    await page.getByText('Written by an older version.').waitFor();

    const nodes = page.getByRole('table', { name: against });
    expect(await nodes.getByRole('row').last().textContent()).toMatch(
      /node1.*0\.5.*1 Gi.*cpu: 2 asked, 0\.5 of 2 free/s,
    );
    await page.getByText('the readiness gate is not open').waitFor();
    await page.getByText(/tea-1/).first().click();
    await page.getByText('no room (3 ×)').waitFor();
    await page.getByText(changes).click();
    await page.getByText('deployment/tea: spec.replicas: 1 -> 2').waitFor();
    for (const list of ['/environments/staging', '/runs', '/pipelines/shipped']) {
      await page.goto(list);
      await page.getByText(inLists).first().waitFor();
    }
    expect(reader.troubles).toEqual([]);
  }
});

const told = [
  {
    language: 'en',
    kind: 'No node takes the pods · deployment/tea · 1 of 2 new pods',
    hint: 'Give the pod a toleration. Or add a node that fits.',
    against: 'What each node has against the pod',
    changes: 'What this rollout changed: 1 line',
    inLists: /^no node takes the pod$/,
  },
  {
    language: 'zh',
    kind: '没有节点接收 Pod · deployment/tea · 2 个新 Pod 中有 1 个',
    hint: '请为 Pod 添加容忍度（toleration）。或者添加合适的节点。',
    against: '每个节点为何不接收该 Pod',
    changes: '这次上线改动了什么：1 行',
    inLists: /^没有节点接收 Pod · deployment\/tea · 2 个新 Pod 中有 1 个 — no node takes the pod$/,
  },
] as const;

test('the arrow below a mistake stands at its column, behind letters of any width too', async () => {
  await using reader = await world.browser.open(world.trunkline);
  const { page } = reader;

  await page.goto('/lint');
  const wrong = 'name: cart\nsource: { repository: shop }\nsteps:\n  - { id: a, 测试测试: 1, rnu: {} }\n';
  await page.getByRole('textbox', { name: 'The file' }).fill(wrong);
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.getByText("unknown key 'rnu'").waitFor();
  const [arrow = 0, place = 0] = await page.evaluate<number[]>(placesOfArrowAndMistake);

  expect(Math.abs(arrow - place)).toBeLessThan(4);
});

/** Runs in the page. */
const placesOfArrowAndMistake = `(() => {
  const texts = document.createTreeWalker(document.querySelector('[data-wrong] code'), NodeFilter.SHOW_TEXT);
  while (texts.nextNode() && !texts.currentNode.nodeValue.includes('rnu'));
  const range = document.createRange();
  range.setStart(texts.currentNode, texts.currentNode.nodeValue.indexOf('rnu'));
  const arrow = [...document.querySelectorAll('b')].findLast(({ textContent }) => textContent === '\u2191');
  return [arrow.getBoundingClientRect().left, range.getBoundingClientRect().left];
})()`;
