import css from './choice.module.css';

interface ChoiceProps {
  label: string;
  value: string;
  /** What stands for no choice. */
  all: string;
  options: readonly { value: string; label: string }[];
  onChange(value: string): void;
}

/** One of a few; the browser's own list, which every device knows how to show. */
export function Choice({ label, value, all, options, onChange }: ChoiceProps) {
  return (
    <select
      className={css.choice}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
