import { Masking } from './masking.ts';
import type { SecretMatcher } from './secret-matcher.ts';
import { TerminalControl } from './terminal-control.ts';

/** The output of several steps, each a stream of its own: cleaned of terminal control, and masked. */
export class LogStreams {
  readonly #matcher: SecretMatcher;
  readonly #streams = new Map<string, { control: TerminalControl; masking: Masking }>();

  constructor(matcher: SecretMatcher) {
    this.#matcher = matcher;
  }

  /** @returns what of it is certain; the beginning of what may become a secret comes with what follows it */
  push(stepId: string, text: string): string {
    const { control, masking } = this.#streamOf(stepId);
    return masking.push(control.push(text));
  }

  /** @returns what was still held back; what comes after is a stream anew */
  end(stepId: string): string {
    const stream = this.#streams.get(stepId);
    this.#streams.delete(stepId);
    if (stream === undefined) return '';
    return stream.masking.push(stream.control.end()) + stream.masking.end();
  }

  /** The steps whose streams have not ended. */
  open(): string[] {
    return [...this.#streams.keys()];
  }

  #streamOf(stepId: string) {
    const stream = this.#streams.get(stepId) ?? {
      control: new TerminalControl(),
      masking: new Masking(this.#matcher),
    };
    this.#streams.set(stepId, stream);
    return stream;
  }
}
