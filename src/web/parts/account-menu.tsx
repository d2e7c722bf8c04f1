import { Menu } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SessionView } from '../../http/schemas/session.ts';
import { remove } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { BarButton } from './bar-button.tsx';

/** Whose token one is here with, and the way out. */
export function AccountMenu({ session }: { session: SessionView }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const names = [session.repositories, session.pipelines].flatMap((limit) => limit ?? []);
  const logOut = useMutation({
    mutationFn: () => remove('/api/v1/session'),
    onSuccess: () => {
      queryClient.setQueryData(sessionQuery.queryKey, null);
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    },
  });
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <BarButton label={t('frame.account')} icon="person" />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {t('frame.as', { name: session.name, scope: session.scopes.at(-1) ?? 'read' })}
          {names.length > 0 && (
            <>
              <br />
              {t('frame.limited', { names: names.join(', ') })}
            </>
          )}
          <br />
          Trunkline {session.version}
        </Menu.Label>
        <Menu.Item onClick={() => logOut.mutate()}>{t('frame.logOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
