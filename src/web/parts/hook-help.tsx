import { useTranslation } from 'react-i18next';
import type { Repository } from '../api/types.ts';
import { CodeBlock } from './code-block.tsx';
import css from './hook-help.module.css';

/** How the repository is made to announce its commits, to be copied line for line. */
export function HookHelp({ repository }: { repository: Repository }) {
  const { t } = useTranslation();
  const { origin } = location;
  if (repository.kind === 'git') return <GitHook name={repository.name} origin={origin} />;
  return (
    <div className={css.help}>
      <p>{t('hook.why')}</p>
      <CodeBlock title={t('hook.svnServer')} text={svnHook(repository.name, origin)} />
      <p>{t('hook.token')}</p>
      <p>{t('hook.existing')}</p>
      <CodeBlock title="post-commit" text={'/opt/trunkline/svn-post-commit "$1" "$2"'} />
    </div>
  );
}

function GitHook({ name, origin }: { name: string; origin: string }) {
  const { t } = useTranslation();
  return (
    <div className={css.help}>
      <p>{t('hook.why')}</p>
      <p>{t('hook.gitlab')}</p>
      <CodeBlock title="URL" text={`${origin}/hooks/gitlab`} />
      <p>{t('hook.token')}</p>
      <p>{t('hook.bare')}</p>
      <CodeBlock title={t('hook.gitServer')} text={gitHook(name, origin)} />
    </div>
  );
}

function svnHook(name: string, origin: string): string {
  return `cd /srv/svn/${name}
install -m 755 svn-post-commit hooks/post-commit
echo '${origin}' > conf/trunkline.url
(umask 077; echo 'Authorization: Bearer TOKEN' > conf/trunkline.header)
hooks/post-commit --test "$PWD"`;
}

function gitHook(name: string, origin: string): string {
  return `install -m 755 git-post-receive hooks/post-receive
echo '${origin}' > trunkline.url
echo '${name}' > trunkline.name
(umask 077; echo 'Authorization: Bearer TOKEN' > trunkline.header)
hooks/post-receive --test`;
}
