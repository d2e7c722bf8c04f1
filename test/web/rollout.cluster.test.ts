import { expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { cart, cartPipeline } from '../support/cart.ts';
import { openClusterSite } from '../support/cluster-site.ts';
import { startPostgres } from '../support/postgres.ts';

test('a rollout is seen pod by pod; the environment shows what runs, and goes back at the press of a button', async () => {
  await using site = await openClusterSite();
  await using postgres = await startPostgres();
  await site.commit(cart({ message: 'one' }));
  await using trunkline = await site.serve({
    pipelines: { cart: cartPipeline(undefined, { onCommit: false }) },
    environment: { DATABASE_URL: postgres.url },
  });
  const { api } = trunkline;
  await api.waitForOutcome((await api.requestRun()).id, 'succeeded');
  await site.commit(cart({ message: 'two', replicas: 2, readyAfter: 4 }));
  await using browser = await openBrowser();
  await using reader = await browser.open(trunkline);
  const { page } = reader;

  const second = await api.requestRun();
  await page.goto('/runs/cart:2');
  const pods = page.getByRole('region', { name: 'Step staging' }).getByRole('listitem');
  await pods
    .filter({ hasText: /^cart-.*ready/ })
    .first()
    .waitFor();
  await api.waitForOutcome(second.id, 'succeeded');
  await site.answers('two');

  await page.getByRole('link', { name: 'staging' }).click();
  await page.getByRole('button', { name: 'Roll back to r1: deployment/cart' }).first().click();
  await page.getByRole('button', { name: 'Roll back', exact: true }).click();
  await page.getByRole('heading', { name: 'cart #3' }).waitFor();
  await page.getByText('rolled back by admin').first().waitFor();
  await page.getByText('Succeeded', { exact: true }).first().waitFor();

  await site.answers('one');
  await page.goto('/environments');
  await page.getByText('cart #3').waitFor();
  expect(reader.troubles).toEqual([]);
});
