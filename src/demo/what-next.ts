import { relative } from 'node:path';
import type { Terminal } from '../cli/terminal.ts';
import type { DemoFolder } from './setup/demo-folder.ts';
import type { World } from './setup/world.ts';

/** Where everything is, and three things to try. */
export async function sayWhatNext(
  terminal: Terminal,
  { world, folder }: { world: World; folder: DemoFolder },
): Promise<void> {
  const { server, cluster, source } = world;
  const checkout = await source.openCheckout();
  const note = checkout.isNewest ? '' : ' (not updated: it has changes of yours)';
  const bold = (text: string) => terminal.paint('bold', text);
  const here = (path: string) => relative(process.cwd(), path) || '.';
  const lines = [
    '',
    `Page      ${bold(server.address)}`,
    `Token     ${server.token}`,
    `Service   ${cluster.address}`,
    `Files     ${folder.path}`,
    `            checkout/          your checkout of the repository${note}`,
    '            pipelines/         from the commit to the rollout; changes hold at once',
    '            trunkline.yaml     what the server knows',
    '            repository/        the repository itself, with hooks/post-commit',
    '            log/               of the server and everything beside it',
    '',
    bold('Try'),
    `  1. A change of yours:  cd ${here(checkout.path)}/hello`,
    `                         echo 'Hello from me' > greeting.txt && ../../svn commit -m 'My greeting'`,
    `  2. Watch it:           on the page, or in another terminal:`,
    `                         export TRUNKLINE_URL=${server.address} TRUNKLINE_TOKEN=$(cat ${here(folder.inside('token'))})`,
    '                         npx trunkline runs && npx trunkline logs -f hello',
    '  3. A test that fails:  echo "exit 1" >> test.sh, and commit: it stops before the push',
    '',
    'Ctrl-C ends the demo and all it has started; packages and the folder stay.',
    '',
  ];
  terminal.print(lines.join('\n'));
}
