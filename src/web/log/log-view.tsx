import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../http/schemas/run.ts';
import { LogRow } from './log-row.tsx';
import { LogToolbar } from './log-toolbar.tsx';
import css from './log-view.module.css';
import { useLineLink } from './use-line-link.ts';
import { type Log, useLog } from './use-log.ts';
import { useMoves } from './use-moves.ts';
import { useSearch } from './use-search.ts';

interface LogViewProps {
  run: Run;
  /** Only the lines of this step. */
  step: string | undefined;
  onAllSteps(): void;
}

const rowHeight = 20;

/** A log of any length: only the lines that are seen are drawn. Follows the end until one scrolls away from it. */
export function LogView({ run, step, onAllSteps }: LogViewProps) {
  const { t, i18n } = useTranslation();
  const log = useLog(run, step);
  const search = useSearch(log, { runId: run.id, step });
  const frame = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const rows = useVirtualizer({
    count: log.lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 20,
  });
  const show = (index: number | undefined) => {
    if (index === undefined) return;
    setFollows(false);
    rows.scrollToIndex(index, { align: 'center' });
  };
  const link = useLineLink({ count: log.lines.length, show });
  const count = log.lines.length;
  const move = useMoves(search, (index) => (index >= count ? link.await(index + 1) : show(index)));
  useEffect(() => {
    if (follows && link.line === null && count > 0) rows.scrollToIndex(count - 1, { align: 'end' });
  }, [follows, link.line, count, rows]);
  const look = ({
    currentTarget: { scrollTop, clientHeight, scrollHeight },
  }: React.UIEvent<HTMLDivElement>) => setFollows(scrollTop + clientHeight >= scrollHeight - rowHeight * 1.5);
  return (
    <div className={css.log}>
      <LogToolbar
        run={run}
        step={step}
        search={search}
        onMove={move}
        onAllSteps={onAllSteps}
        follow={{
          isOn: follows,
          begin() {
            link.clear();
            setFollows(true);
          },
        }}
        stream={log.stream}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={frame} className={css.frame} onScroll={look} tabIndex={0} aria-label={t('log.title')}>
        {count === 0 && (
          <p className={css.nothing}>{nothingText(run, log, { t, language: i18n.language })}</p>
        )}
        <div className={css.paper} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const line = log.lines[index];
            if (line === undefined) return null;
            return (
              <LogRow
                key={index}
                line={line}
                number={index + 1}
                top={start}
                needle={search.needle}
                isHit={search.hits[search.at] === index}
                isLinked={link.line === index + 1}
                stepLabel={step === undefined && log.lines[index - 1]?.step !== line.step ? line.step : null}
                onLink={link.set}
              />
            );
          })}
        </div>
      </section>
    </div>
  );
}

interface Words {
  t: ReturnType<typeof useTranslation>['t'];
  language: string;
}

function nothingText({ logRemovedAt }: Run, { stream }: Log, { t, language }: Words): string {
  if (logRemovedAt === null) return t(stream === 'ended' ? 'log.none' : 'log.notYet');
  return t('log.removed', { date: new Date(logRemovedAt).toLocaleDateString(language) });
}
