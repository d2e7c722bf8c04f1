import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';

/** "4 minutes ago" or "in 10 seconds", exact in the title; goes on by itself. */
export function Ago({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const now = useNow();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString(i18n.language)}>
      {agoText((Date.parse(at) - now) / 1000, i18n.language)}
    </time>
  );
}

/** How long something took, or has taken up to now. */
export function Duration({ from, to }: { from: string | null; to: string | null }) {
  const { t } = useTranslation();
  const now = useNow();
  if (from === null) return null;
  const end = to === null ? now : Date.parse(to);
  return <span title={t('time.took')}>{durationText(end - Date.parse(from), t)}</span>;
}

type Translate = ReturnType<typeof useTranslation>['t'];

export function durationText(ms: number, t: Translate): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return t('time.hours', { hours, minutes });
  if (minutes > 0 && seconds % 60 === 0) return t('time.wholeMinutes', { minutes });
  if (minutes > 0) return t('time.minutes', { minutes, seconds: seconds % 60 });
  return t('time.seconds', { seconds });
}

const steps: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

function agoText(seconds: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return format.format(Math.round(seconds / size), unit);
}

/** The time, anew every second; one clock for all who look at it. */
function useNow(): number {
  return useSyncExternalStore(listenToClock, nowInSeconds);
}

function listenToClock(tell: () => void): () => void {
  const clock = setInterval(tell, 1000);
  return () => clearInterval(clock);
}

function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}
