import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/queries.ts';
import { useLiveLists } from '../api/use-live-lists.ts';
import { AccountMenu } from './account-menu.tsx';
import css from './frame.module.css';
import { LogIn } from './log-in.tsx';
import { Logo } from './logo.tsx';
import { LanguageMenu, ThemeMenu } from './look-menus.tsx';
import { ProblemNotice, RowsComing } from './notice.tsx';

/** What stands around every page; without a session, the log-in stands in its place and the address stays. */
export function Frame() {
  const { t } = useTranslation();
  const session = useQuery(sessionQuery);
  // The page of a run has two streams of its own and shows no list: with a third, two windows side by side would take
  // all six connections that a browser allows.
  const { pathname } = useLocation();
  useLiveLists(session.data != null && !pathname.startsWith('/runs/'));
  if (session.data === null) return <LogIn />;
  return (
    <>
      <a className={css.skip} href="#main">
        {t('frame.skip')}
      </a>
      <header className={css.bar}>
        <Link to="/" className={css.brand} aria-label="Trunkline">
          <Logo />
          <span>Trunkline</span>
        </Link>
        <Navigation />
        <div className={css.tools}>
          <LanguageMenu />
          <ThemeMenu />
          {session.data !== undefined && <AccountMenu session={session.data} />}
        </div>
      </header>
      <Main>
        {session.isError ? (
          <ProblemNotice error={session.error} onRetry={() => session.refetch()} />
        ) : session.isPending ? (
          <RowsComing />
        ) : (
          <Outlet />
        )}
      </Main>
    </>
  );
}

const places = ['pipelines', 'runs', 'environments', 'repositories', 'events', 'workers'] as const;

function Navigation() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isHere = (place: string) =>
    pathname.startsWith(`/${place}`) || (place === 'pipelines' && pathname === '/');
  return (
    <nav className={css.places} aria-label={t('frame.navigation')}>
      {places.map((place) => (
        <Link key={place} to={`/${place}`} aria-current={isHere(place) ? 'page' : undefined}>
          {t(`frame.${place}`)}
        </Link>
      ))}
    </nav>
  );
}

/** After a move to another page the focus is where its content begins, as after the load of a document. */
function Main({ children }: { children: React.ReactNode }) {
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current !== pathname) main.current?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);
  return (
    <main id="main" ref={main} tabIndex={-1} className={css.main}>
      {children}
    </main>
  );
}
