import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { openPageSite, type PageSite } from './page-site.ts';

let world: PageSite;
beforeAll(async () => {
  world = await openPageSite();
});
afterAll(() => world[Symbol.asyncDispose]());

test.each(['css', 'js'])(
  'a part of the page (%s) that the network lost is fetched again, by itself',
  async (kind) => {
    await using reader = await world.browser.open(world.trunkline);
    const { page } = reader;
    const lost: string[] = [];
    const lose = (url: URL) => new RegExp(`/assets/workers-page-.*\\.${kind}$`).test(url.pathname);
    await page.route(
      lose,
      (route) => {
        lost.push(route.request().url());
        return route.abort('internetdisconnected');
      },
      { times: 1 },
    );

    await page.getByRole('link', { name: 'Workers' }).click();

    await page.getByRole('heading', { name: 'Workers' }).waitFor();
    expect(lost).toHaveLength(1);
  },
);

test('a part of the page that is wanted while no server answers comes once one does, and the page stays until then', async () => {
  await using reader = await world.browser.open(world.trunkline);
  const { page } = reader;
  let asked = 0;
  await page.route(/\/(assets\/workers-page-.*|healthz)$/, (route) => {
    asked += 1;
    return route.abort('connectionrefused');
  });

  await page.getByRole('link', { name: 'Workers' }).click();
  await waitFor(() => asked >= 4, { what: 'the page to ask for the server again' });
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await page.unroute(/\/(assets\/workers-page-.*|healthz)$/);

  await page.getByRole('heading', { name: 'Workers' }).waitFor();
});
