import { Menu, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { changeLanguage, type Language, languages } from '../words/setup.ts';
import { BarButton } from './bar-button.tsx';
import { Icon } from './icon.tsx';

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const short = i18n.language === 'zh' ? '中文' : 'EN';
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <BarButton label={`${t('frame.language')}: ${short}`} icon="globe">
          {short}
        </BarButton>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(languages).map(([key, name]) => (
          <Menu.Item
            key={key}
            lang={key === 'zh' ? 'zh-CN' : 'en'}
            onClick={() => changeLanguage(key as Language)}
            rightSection={i18n.language === key && <Icon name="check" />}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const schemes = { auto: 'screen', light: 'sun', dark: 'moon' } as const;

export function ThemeMenu() {
  const { t } = useTranslation();
  // Else it writes a style of its own into the document for the moment of the change.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <BarButton label={t('frame.theme')} icon={schemes[colorScheme]} />
      </Menu.Target>
      <Menu.Dropdown>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon name={schemes[scheme]} />}
            rightSection={colorScheme === scheme && <Icon name="check" />}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`frame.${scheme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
