import { LongLines } from './long-lines.ts';
import { Masking } from './masking.ts';
import type { SecretMatcher } from './secret-matcher.ts';
import { TerminalControl } from './terminal-control.ts';

/** The output of several steps, each a stream of its own: cleaned of terminal control, masked, its endless lines shortened. */
export class LogStreams {
  readonly #matcher: SecretMatcher;
  readonly #streams = new Map<string, Stream>();

  constructor(matcher: SecretMatcher) {
    this.#matcher = matcher;
  }

  /** @returns what of it is certain; the beginning of what may become a secret, and the end of a long line, come later */
  push(stepId: string, text: string): string {
    const { control, masking, lines } = this.#streamOf(stepId);
    return lines.push(masking.push(control.push(text)));
  }

  /** @returns what was still held back; what comes after is a stream anew */
  end(stepId: string): string {
    const stream = this.#streams.get(stepId);
    this.#streams.delete(stepId);
    if (stream === undefined) return '';
    const rest = stream.masking.push(stream.control.end()) + stream.masking.end();
    return stream.lines.push(rest) + stream.lines.end();
  }

  /** The steps whose streams have not ended. */
  open(): string[] {
    return [...this.#streams.keys()];
  }

  #streamOf(stepId: string): Stream {
    const stream = this.#streams.get(stepId) ?? {
      control: new TerminalControl(),
      masking: new Masking(this.#matcher),
      lines: new LongLines(),
    };
    this.#streams.set(stepId, stream);
    return stream;
  }
}

interface Stream {
  control: TerminalControl;
  masking: Masking;
  /** Behind the masking: half a secret is none that it would know. */
  lines: LongLines;
}
