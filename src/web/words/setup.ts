import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';
import { zh } from './zh.ts';

export const languages = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof languages;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'page';
    resources: { page: typeof en };
  }
}

const storedAs = 'trunkline.language';

/** In the language that was chosen, else in the first of the browser's that there is. */
export function startWords(): void {
  i18next.use(initReactI18next).init({
    lng: firstLanguage(),
    fallbackLng: 'en',
    defaultNS: 'page',
    resources: { en: { page: en }, zh: { page: zh } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  document.documentElement.lang = tagOf(i18next.language);
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(storedAs, language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = tagOf(language);
}

function firstLanguage(): Language {
  const wished = [localStorage.getItem(storedAs) ?? '', ...navigator.languages];
  const found = wished.map((tag) => tag.slice(0, 2)).find((tag) => tag in languages);
  return found === 'zh' ? 'zh' : 'en';
}

/** What screen readers and fonts go by. */
function tagOf(language: string): string {
  return language === 'zh' ? 'zh-CN' : 'en';
}
