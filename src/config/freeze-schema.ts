import { z } from 'zod';
import { parseDurationMs } from '../domain/duration.ts';
import { type FreezeWindow, localTimeMistake } from '../domain/freeze.ts';
import { besideKnownKeys } from '../domain/rules-beside-mistakes.ts';
import { cronMistake, timezoneMistake } from '../domain/schedule.ts';
import { checkedText, duration } from '../domain/text-schemas.ts';

const time = (description: string, example: string) =>
  checkedText(localTimeMistake)
    .optional()
    .meta({ title: 'local time', description, examples: [example] });

const freezeWindow = z
  .strictObject({
    from: time('When it begins, by the clocks of `timezone`. With `to`.', '2026-12-24'),
    to: time('When it is over; this moment no longer belongs to it.', '2027-01-04T08:00'),
    cron: checkedText(cronMistake)
      .optional()
      .meta({
        title: 'cron',
        description: 'When it begins, again and again. With `for`.',
        examples: ['0 18 * * 5'],
      }),
    for: duration({ from: '1m', to: '60d' })
      .optional()
      .meta({ description: 'How long it lasts each time.', examples: ['62h'] }),
    timezone: checkedText(timezoneMistake)
      .default('UTC')
      .meta({ title: 'time zone', description: 'Where the clock hangs.', examples: ['Asia/Shanghai'] }),
    reason: z
      .string()
      .min(1, 'say why: people read it')
      .max(200)
      .meta({ description: 'What people are told.', examples: ['nobody is there at the weekend'] }),
  })
  .refine(
    ({ from, to, cron, for: lasts }) =>
      (from === undefined) === (to === undefined) &&
      (cron === undefined) === (lasts === undefined) &&
      (from === undefined) !== (cron === undefined),
    { message: "a freeze has either 'from' and 'to', or 'cron' and 'for'", ...besideKnownKeys },
  )
  .refine(
    ({ from, to }) => from === undefined || to === undefined || from < to,
    "'to' is not after 'from': it would never hold",
  );

export const freeze = z
  .array(freezeWindow)
  .optional()
  .meta({
    description:
      'Times at which nothing new is deployed here. A deploy step ends as `rejected` with the reason, and `trunkline retry RUN` goes on with it afterwards; a rollout that has begun is finished, and rollbacks are always allowed.',
    examples: [
      [
        { cron: '0 18 * * 5', for: '62h', timezone: 'Asia/Shanghai', reason: 'weekend' },
        { from: '2026-12-24', to: '2027-01-04T08:00', timezone: 'Europe/Berlin', reason: 'year end' },
      ],
    ],
  });

/** The windows as the file has them, in the form that is worked with. */
export function freezeWindows(written: z.output<typeof freeze>): FreezeWindow[] {
  return (written ?? []).map(({ from, to, cron, for: lasts, timezone, reason }) =>
    cron === undefined
      ? { from: from ?? '', to: to ?? '', timezone, reason }
      : { cron, lastsMs: parseDurationMs(lasts ?? '') ?? 0, timezone, reason },
  );
}
