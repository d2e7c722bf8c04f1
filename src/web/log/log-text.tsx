import { createColorPalette, type ParseToken } from 'ansi-sequence-parser';
import type { CSSProperties, ReactNode } from 'react';
import type { LogLine } from './log-lines.ts';
import css from './log-view.module.css';

/** The sixteen colours of a terminal, each readable on the dark paper of the log. */
const palette = createColorPalette({
  black: '#7c8a8f',
  red: '#ff8f7a',
  green: '#6fd3a4',
  yellow: '#e6c06a',
  blue: '#86b6ff',
  magenta: '#d8a0f0',
  cyan: '#6fd0dc',
  white: '#d9e2e3',
  brightBlack: '#8b9fa5',
  brightRed: '#ffaa99',
  brightGreen: '#93e6c0',
  brightYellow: '#f5d68c',
  brightBlue: '#abcdff',
  brightMagenta: '#e8c0f8',
  brightCyan: '#9be4ec',
  brightWhite: '#ffffff',
});

/** One line, its colours kept and everything else as text; what is searched for is marked. */
export function LogText({ line, needle }: { line: LogLine; needle: string }) {
  if (line.pieces === null) return marked(line.text, needle);
  let at = 0;
  return line.pieces.map((piece) => {
    const key = at;
    at += piece.value.length;
    return (
      <span key={key} style={styleOf(piece)}>
        {marked(piece.value, needle)}
      </span>
    );
  });
}

function styleOf({ foreground, background, decorations }: ParseToken): CSSProperties {
  const [front, back] = decorations.has('reverse') ? [background, foreground] : [foreground, background];
  return {
    ...(front !== null && { color: palette.value(front) }),
    ...(back !== null && {
      backgroundColor: palette.value(back),
      ...(front === null && { color: '#0d1417' }),
    }),
    ...(decorations.has('bold') && { fontWeight: 700 }),
    ...(decorations.has('dim') && { color: '#8b9fa5' }),
    ...(decorations.has('italic') && { fontStyle: 'italic' }),
    ...(decorations.has('underline') && { textDecoration: 'underline' }),
    ...(decorations.has('strikethrough') && { textDecoration: 'line-through' }),
  };
}

function marked(text: string, needle: string): ReactNode {
  if (needle === '') return text;
  const lower = text.toLowerCase();
  const parts: ReactNode[] = [];
  let from = 0;
  for (let hit = lower.indexOf(needle); hit !== -1; hit = lower.indexOf(needle, from)) {
    parts.push(text.slice(from, hit));
    from = hit + needle.length;
    parts.push(
      <mark key={hit} className={css.hit}>
        {text.slice(hit, from)}
      </mark>,
    );
  }
  return [...parts, text.slice(from)];
}
