import { type ReactNode, useEffect } from 'react';
import css from './page-head.module.css';

interface PageHeadProps {
  title: string;
  /** Beside the title: a state. */
  beside?: ReactNode;
  /** Below it. */
  children?: ReactNode;
  /** What one can do here. */
  actions?: ReactNode;
}

/** The one heading of a page, which names the browser's tab too. */
export function PageHead({ title, beside, children, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Trunkline`;
  }, [title]);
  return (
    <div className={css.head}>
      <div className={css.words}>
        <div className={css.line}>
          <h1>{title}</h1>
          {beside}
        </div>
        {children}
      </div>
      {actions !== undefined && <div className={css.actions}>{actions}</div>}
    </div>
  );
}

/** A part of a page under a heading of its own. */
export function Section({
  title,
  beside,
  children,
}: {
  title: string;
  beside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={css.section}>
      <div className={css.sectionHead}>
        <h2>{title}</h2>
        {beside}
      </div>
      {children}
    </section>
  );
}
