import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Empty, ProblemNotice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';

export function PageMissing() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title="404" />
      <Empty title={t('noPage.missing')}>
        <Link to="/">{t('noPage.home')}</Link>
      </Empty>
    </>
  );
}

export function PageCrash({ error }: { error: unknown }) {
  const shown = error instanceof Error ? error : new Error(String(error));
  return <ProblemNotice error={shown} onRetry={() => location.reload()} />;
}
