/**
 * Takes what only a terminal understands out of a stream of text: colours (SGR) stay, every other escape sequence
 * and control character goes, `\r\n` becomes `\n`. A sequence that a cut has split is held back until it is whole.
 */
export class TerminalControl {
  #held = '';

  push(text: string): string {
    const whole = this.#held + text;
    if (!special.test(whole)) {
      this.#held = '';
      return whole;
    }
    const open = unfinished.exec(whole)?.index ?? whole.length;
    this.#held = whole.length - open > longestSequence ? '' : whole.slice(open);
    return clean(whole.slice(0, open));
  }

  /** What was held back; afterwards a new stream may begin. */
  end(): string {
    const rest = clean(this.#held);
    this.#held = '';
    return rest;
  }
}

/** A title or a link of a terminal; what claims to be longer is dropped up to here. */
const longestSequence = 4_096;

/** Anything that is not plain text: control characters but tab and line feed, and half of a surrogate pair. */
const special = /[^\P{Cc}\t\n]|[\ud800-\udbff]$/u;

/** How the sequences begin: CSI, and strings (OSC, DCS, SOS, PM, APC), each with seven bits and with eight. */
const csi = String.raw`(?:\x1b\[|\x9b)`;
/** A string ends where another begins: looking for its end from each of many beginnings would take too long. */
const string = String.raw`(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*`;

/** What goes. A colour is none of it. */
const unwanted = new RegExp(
  `(?!${csi}[0-9;:]*m)(?:${[
    `${csi}[0-?]*[ -/]*[@-~]`,
    String.raw`${string}(?:\x07|\x1b\\|\x9c)`,
    String.raw`\x1b[ -/]*[0-~]`,
    String.raw`\r(?=\n)`,
    String.raw`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]`,
  ].join('|')})`,
  'g',
);

/** The beginning of a sequence, a `\r` that `\n` may follow, or the first half of a surrogate pair, at the end. */
const unfinished = new RegExp(
  String.raw`(?:${csi}[0-?]*[ -/]*|${string}\x1b?|\x1b[ -/]*|\r|[\ud800-\udbff])$`,
);

function clean(text: string): string {
  return text.replace(unwanted, '');
}
