/**
 * The commands as one script for `/bin/sh -e`: each is echoed before it runs, and the first that fails ends it. Errors
 * go where output goes, in one stream, or their order would be lost.
 */
export function shellScript(commands: readonly string[]): string {
  const lines = commands.flatMap((command) => [`printf '%s\\n' ${quote(echoOf(command))}`, command]);
  return ['exec 2>&1', ...lines].join('\n');
}

/** Follows the echoes in a script's output; output that looks like the next echo misleads only the message it serves. */
export interface CommandFollower {
  read(text: string): void;
  /** First line of the command that runs, or ran last. */
  current(): string;
  /** How many have begun. */
  begun(): number;
}

export function createCommandFollower(commands: readonly string[]): CommandFollower {
  const firstLines = commands.map((command) => command.split('\n', 1)[0] ?? '');
  let seen = 0;
  /** No longer end of a line can be an echo: output without a line break must not grow here. */
  const mostUnits = Math.max(0, ...firstLines.map((line) => echoOf(line).length));
  let partialLine = '';
  return {
    read(text) {
      const lines = (partialLine + text).split('\n');
      partialLine = mostUnits === 0 ? '' : (lines.pop() ?? '').slice(-mostUnits);
      // At the end of a line: output before it may not have ended with one.
      for (const line of lines) if (line.endsWith(echoOf(firstLines[seen] ?? ''))) seen++;
    },
    current: () => firstLines[Math.max(seen - 1, 0)] ?? '',
    begun: () => Math.min(seen, commands.length),
  };
}

function echoOf(command: string): string {
  return `+ ${command}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
