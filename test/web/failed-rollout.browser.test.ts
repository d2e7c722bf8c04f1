import { expect, test } from 'vitest';
import { openPageSite, storeFailedRollout } from './page-site.ts';

test('a failed rollout is told with what helps, what each node has against it, events and changes', async () => {
  await using world = await openPageSite();
  const run = await storeFailedRollout(world);
  for (const [language, against, changes] of [
    ['en', 'What each node has against the pod', 'What this rollout changed: 1 line'],
    ['zh', '每个节点为何不接收该 Pod', '这次上线改动了什么：1 行'],
  ] as const) {
    await using reader = await world.browser.open(world.trunkline, { language });
    const { page } = reader;

    await page.goto(`/runs/${run}`);
    await page.getByText('Add a node that fits.').waitFor();

    const nodes = page.getByRole('table', { name: against });
    expect(await nodes.getByRole('row').last().textContent()).toMatch(
      /node1.*0\.5.*1 Gi.*cpu: 2 asked, 0\.5 of 2 free/s,
    );
    await page.getByText('the readiness gate is not open').waitFor();
    await page.getByText(/tea-1/).first().click();
    await page.getByText('no room (3 ×)').waitFor();
    await page.getByText(changes).click();
    await page.getByText('deployment/tea: spec.replicas: 1 -> 2').waitFor();
    expect(reader.troubles).toEqual([]);
  }
});
