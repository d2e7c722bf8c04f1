import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { Masking, mask, maskText } from '../../src/logs/masking.ts';
import { SecretMatcher } from '../../src/logs/secret-matcher.ts';

const secret = 'p4$$ wörd/"+1\'?&<';

test.each([
  ['as it is', secret],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in base64 behind one other byte', Buffer.from(`x${secret}`).toString('base64').slice(2)],
  ['in base64 behind two other bytes', Buffer.from(`xy${secret}`).toString('base64').slice(3)],
  ['in base64 of the URL alphabet', Buffer.from(secret).toString('base64url')],
  ['percent-encoded', encodeURIComponent(secret)],
  ['percent-encoded in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
  ['as a form field', new URLSearchParams({ q: secret }).toString().slice(2)],
  ['in JSON', JSON.stringify(secret).slice(1, -1)],
  [
    'in JSON as Go writes it',
    JSON.stringify(secret).slice(1, -1).replace('&', '\\u0026').replace('<', '\\u003c'),
  ],
  ['in JSON as .NET writes it', 'p4$$ w\\u00F6rd/\\u0022\\u002B1\\u0027?\\u0026\\u003C'],
  ['in a text of XML', secret.replace('&', '&amp;').replace('<', '&lt;')],
  ['in an attribute of XML', 'p4$$ wörd/&quot;+1&apos;?&amp;&lt;'],
  ['in a shell word', secret.replaceAll("'", "'\\''")],
  ['in a shell word as busybox traces it', secret.replaceAll("'", `'"'"'`)],
  ['in a shell word without quotes', 'p4\\$\\$\\ wörd/\\"+1\\\'\\?\\&\\<'],
  ['in hex', Buffer.from(secret).toString('hex')],
])('a secret is masked %s', (_how, written) => {
  expect(maskAll([secret], [`before ${written} behind`])).toBe(`before ${mask} behind`);
});

test('each line of a secret of many lines is masked, and so is its base64 broken into lines', () => {
  const key = `-----BEGIN KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0'.repeat(5)}\nshort\n-----END KEY-----\n`;
  const broken = (
    Buffer.from(key)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n');

  expect(maskAll([key], ['see short here'])).toBe(`see ${mask} here`);
  expect(maskAll([key], [broken])).toMatch(/^(\*\*\*\n?)+$/);
});

test('a secret inside the beginning of a longer one is masked when the longer one does not come', () => {
  expect(maskAll(['abcdefgh', 'cdef'], ['abcdef', 'X'])).toBe(`ab${mask}X`);
});

test('secrets that overlap are covered whole', () => {
  expect(maskAll(['12345678', '5678abcd'], ['<12345678abcd>'])).toBe(`<${mask}>`);
});

test('a text by itself loses what no database stores, before it is masked', () => {
  const matcher = new SecretMatcher([new Secret('hunter-two')]);

  const masked = maskText(matcher, 'panic\0: hunter\0-two \ud83d');

  expect(masked).toBe('panic: *** \ufffd');
});

test('a secret of three characters is not masked but counted', () => {
  const matcher = new SecretMatcher([new Secret('abc'), new Secret('long enough')]);

  expect(matcher.tooShort).toBe(1);
  expect(new Masking(matcher).push('abc')).toBe('abc');
});

test('text that cannot become a secret is given out at once', () => {
  const masking = new Masking(new SecretMatcher([new Secret('password')]));

  expect(masking.push('hello pass')).toBe('hello ');
  expect(masking.push('ive')).toBe('passive');
  expect(masking.push(' pass')).toBe(' ');
  expect(masking.end()).toBe('pass');
});

test('wherever the text is cut, the result is that of a search over the whole text', () => {
  const unit = fc.constantFrom('a', 'b', 'c', 'd', '\n', 'é', '😀');
  const secrets = fc.array(fc.string({ unit, minLength: 4, maxLength: 8 }), { minLength: 1, maxLength: 4 });
  const noise = fc.string({ unit, maxLength: 12 });

  fc.assert(
    fc.property(secrets, fc.array(noise), fc.infiniteStream(fc.nat(7)), (values, pieces, numbers) => {
      const text = pieces.map((piece, index) => piece + (values[index % (values.length + 1)] ?? '')).join('');
      const cuts = [...cutAtRandom(text, numbers)];

      expect(maskAll(values, cuts)).toBe(maskWhole(values, text));
    }),
    { numRuns: 500 },
  );
});

function maskAll(values: string[], pieces: string[]): string {
  const masking = new Masking(new SecretMatcher(values.map((value) => new Secret(value))));
  return pieces.map((piece) => masking.push(piece)).join('') + masking.end();
}

function* cutAtRandom(text: string, numbers: Iterator<number>): Generator<string> {
  for (let position = 0; position < text.length; ) {
    const length = numbers.next().value ?? 1;
    yield text.slice(position, position + length);
    position += length;
  }
}

/** The slow and obvious way: look for every spelling everywhere, mark every character that belongs to one. */
function maskWhole(values: string[], text: string): string {
  const spans = values
    .flatMap(linesOf)
    .filter((value) => value.length >= 4)
    .flatMap((value) => occurrences(value, text))
    .sort((one, other) => one.start - other.start);
  let result = '';
  let covered = 0;
  for (const { start, end } of spans) {
    if (start >= covered) result += text.slice(covered, start) + mask;
    covered = Math.max(covered, end);
  }
  return result + text.slice(covered);
}

/** The other spellings need characters that the random texts do not have. */
function linesOf(value: string): string[] {
  return value.length < 4 ? [] : [value, ...value.split('\n').map((line) => line.trim())];
}

function occurrences(value: string, text: string): { start: number; end: number }[] {
  const found = [];
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
    found.push({ start, end: start + value.length });
  }
  return found;
}
