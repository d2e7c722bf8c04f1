/** What scripts can rely on: done, the user's failure, wrong use, our fault. */
export const exitCodes = { done: 0, userFailure: 1, wrongUse: 2, ourFault: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with an exit code; an empty message when all was said already. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  /** What to do next, in one sentence. */
  readonly hint: string | undefined;

  constructor(
    exitCode: ExitCode,
    message = '',
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.hint = options.hint;
  }
}
