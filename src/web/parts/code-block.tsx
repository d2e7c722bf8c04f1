import css from './code-block.module.css';
import { CopyButton } from './copy-button.tsx';

interface CodeBlockProps {
  /** What it is: a file's name, `shell`. */
  title: string;
  text: string;
}

/** Lines to be copied as they stand. */
export function CodeBlock({ title, text }: CodeBlockProps) {
  return (
    <figure className={css.block}>
      <figcaption>
        <span>{title}</span>
        <CopyButton text={`${text.trim()}\n`} what={title} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{text.trim()}</pre>
    </figure>
  );
}
