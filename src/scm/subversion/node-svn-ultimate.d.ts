/** The part of the library that is used; it has no types of its own. */
declare module 'node-svn-ultimate' {
  interface Options {
    /** All that stands in front of the subcommand, as a shell reads it. */
    svn: string;
    /** Arguments behind the target, as a shell reads them. */
    params: readonly string[];
    /** Bytes of output; more ends the command with `ERR_CHILD_PROCESS_STDIO_MAXBUFFER`. */
    maxBuffer: number;
    /** Without it the library copies what svn complains of to our own standard error. */
    quiet: true;
    /** Without it the library adds arguments of its own, a password among them. */
    noStandardOptions: true;
  }

  type Callback = (error: Error | null, result: unknown) => void;
  type Command = (target: string, options: Options, callback: Callback) => void;

  /** `result` is XML as a tree of plain objects: attributes under `$`, a list of one not an array; of `cat` the text. */
  export const commands: Record<'info' | 'list' | 'cat', Command> & {
    propget(property: string, target: string, options: Options, callback: Callback): void;
  };
}
