import { HttpProblem } from './problem.ts';
import type { ZodApp } from './zod-app.ts';

/**
 * Refuses calls whose texts no database can hold: with the character NUL, or half of a surrogate pair. Hooks are let
 * pass: what they carry beside the news is not ours to judge.
 */
export function refuseBrokenText(app: ZodApp): void {
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.routeOptions.config?.access === 'hook') return done();
    const { body, params, query } = request;
    for (const [part, value] of Object.entries({ body, params, query })) {
      const place = brokenPlace(value);
      if (place !== undefined) return done(refused(part, place));
    }
    done();
  });
}

/** The name of the member that has such a text, or such a name. */
function brokenPlace(value: unknown): string | undefined {
  let place: string | undefined;
  JSON.stringify(value, (name, member) => {
    const isBroken = isBrokenText(name) || (typeof member === 'string' && isBrokenText(member));
    if (isBroken) place ??= name;
    return member;
  });
  return place;
}

function isBrokenText(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}

function refused(part: string, place: string): HttpProblem {
  return new HttpProblem({
    status: 400,
    code: 'invalid-request',
    detail: `The ${part} of the request has a text that cannot be kept, at ${JSON.stringify(place.toWellFormed())}: it has the character NUL, or half of a character.`,
    hint: 'Send text as UTF-8, without the character NUL.',
  });
}
