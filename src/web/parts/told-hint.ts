import { useTranslation } from 'react-i18next';
import { fillHint, readHint } from '../../domain/hint.ts';
import { hints } from '../words/zh/hints.ts';

/** @returns a hint of the server in the reader's language; undefined: it is to be shown in the server's words, or there is none */
export function useToldHint(hint: string | undefined): string | undefined {
  const { i18n } = useTranslation();
  if (hint === undefined || i18n.language.startsWith('en')) return undefined;
  return readHint(hint)
    ?.map(({ key, values }) => fillHint(hints[key], values))
    .join('');
}
