import { Button, PasswordInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { postJson } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import css from './log-in.module.css';
import { Logo } from './logo.tsx';
import { LanguageMenu, ThemeMenu } from './look-menus.tsx';
import { ProblemNotice } from './notice.tsx';

/** A token is pasted once; from then on a cookie that scripts cannot read stands for it. */
export function LogIn() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [token, setToken] = useState('');
  const logIn = useMutation({
    mutationFn: () => postJson<undefined>('/api/v1/session', { token: token.trim() }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    logIn.mutate();
  };
  return (
    <main className={css.page}>
      <div className={css.tools}>
        <LanguageMenu />
        <ThemeMenu />
      </div>
      <div className={css.brand}>
        <Logo size={44} />
        <h1>Trunkline</h1>
        <p>{t('logIn.claim')}</p>
      </div>
      <form className={css.form} onSubmit={submit}>
        <PasswordInput
          label={t('logIn.token')}
          description={t('logIn.where')}
          placeholder="trk_…"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('logIn.show') }}
          autoFocus
          required
        />
        {logIn.isError && <ProblemNotice error={logIn.error} />}
        <Button type="submit" loading={logIn.isPending} disabled={token.trim() === ''} fullWidth>
          {t('logIn.enter')}
        </Button>
      </form>
      <p className={css.help}>
        {t('logIn.lost')} <code>trunkline token create me --scope admin</code>
      </p>
    </main>
  );
}
