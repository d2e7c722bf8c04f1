import { CliError, exitCodes } from '../../cli/cli-error.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { aptCommand } from './apt-get.ts';
import { find, type Need } from './missing-packages.ts';

export interface Consent {
  /** `--yes`, `--once`, or CI: nobody is asked. */
  isGiven: boolean;
  path: string;
  isRoot: boolean;
}

/**
 * Says what is missing and what each is for, and asks.
 * @throws CliError `wrongUse` with a line to copy where the demo cannot install, or may not
 */
export async function agreeToInstall(terminal: Terminal, needs: Need[], consent: Consent): Promise<void> {
  terminal.print(announcement(needs));
  const byHand = aptCommand(needs.map((need) => need.package));
  const hasApt = (await find(consent.path, 'apt-get')) !== undefined;
  if (!hasApt) throw refusal('there is no apt-get here', `On Debian it is: ${byHand}`);
  if (!consent.isRoot) throw refusal('only root can install packages', `Run: sudo ${byHand}`);
  if (consent.isGiven) return;
  if (terminal.ask === null)
    throw refusal('there is no terminal to ask on', `Add --yes to install them, or run: ${byHand}`);
  const answer = await terminal.ask('Install them? [y/N] ');
  if (!/^y(es)?$/i.test(answer)) throw refusal('the answer was no', `To do it yourself: ${byHand}`);
}

function announcement(needs: Need[]): string {
  const width = Math.max(...needs.map((need) => need.package.length));
  const services = needs.filter((need) => need.isService).map((need) => need.package);
  return [
    'The demo runs on real services. These Debian packages are missing, and would be installed with apt-get:',
    '',
    ...needs.map((need) => `  ${need.package.padEnd(width)}  ${need.why}`),
    '',
    ...(services.length === 0
      ? []
      : [`Debian may start ${services.join(' and ')} as services of the machine; they stay so.`]),
    'They stay installed when the demo ends.',
    '',
    '',
  ].join('\n');
}

function refusal(why: string, hint: string): CliError {
  return new CliError(exitCodes.wrongUse, `the packages above are missing, and ${why}`, { hint });
}
