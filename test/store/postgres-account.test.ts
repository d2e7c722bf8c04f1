import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { switchAccount } from '../../src/store/postgres/account.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const nobody = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

test.runIf(isRoot)(
  'below a folder that only root may enter, the account of the database runs its programs and finds others',
  async () => {
    await using folder = await temporaryFolder();
    const programs = join(folder.path, 'home/bin');
    const program = join(programs, 'program');
    await mkdir(programs, { recursive: true });
    await writeFile(program, `#!/bin/sh\n[ -x ${program} ] && id -u && grep CapEff /proc/self/status\n`, {
      mode: 0o755,
    });
    await chmod(join(folder.path, 'home'), 0o700);

    const [command = '', ...args] = await switchAccount(nobody, [programs]);
    const printed = await runCommand(command, [...args, program]);

    // The one capability is CAP_DAC_READ_SEARCH, bit 2.
    expect(printed).toBe('65534\nCapEff:\t0000000000000004\n');
  },
);
