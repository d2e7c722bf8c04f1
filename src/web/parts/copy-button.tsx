import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import css from './copy-button.module.css';
import { Icon } from './icon.tsx';

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const { t } = useTranslation();
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  const copy = () => {
    const written = isSecureContext
      ? navigator.clipboard.writeText(text)
      : Promise.reject(new Error('no clipboard'));
    written
      .then(() => setState('copied'))
      .catch(() => setState(copyBySelection(text) ? 'copied' : 'refused'));
    setTimeout(() => setState('idle'), 2000);
  };
  return (
    <button type="button" className={css.button} onClick={copy} aria-label={t('copy.what', { what })}>
      <Icon name={state === 'copied' ? 'check' : 'copy'} />
      <span aria-live="polite">{t(`copy.${state}`)}</span>
    </button>
  );
}

/** Over plain http to another machine browsers offer no clipboard: the old way still works there. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = css.offscreen ?? '';
  document.body.append(area);
  area.select();
  const isDone = document.execCommand('copy');
  area.remove();
  return isDone;
}
