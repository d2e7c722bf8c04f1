import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLog } from '../../../src/scm/subversion/parse-log.ts';
import { runCommand } from '../../support/run-command.ts';
import { collect } from './subversion-at.ts';

const log = `<?xml version="1.0" encoding="UTF-8"?>
<log>
<logentry revision="7"><author>爱丽丝</author><date>2026-01-02T03:04:05.000006Z</date>
<paths><path action="R" kind="file" prop-mods="true" text-mods="false" copyfrom-path="/a" copyfrom-rev="6">/b c</path>
<path action="M" kind="">/</path></paths>
<msg>&lt;one&gt; &amp;amp; 二&#13;
</msg></logentry>
<logentry revision="8"><date>a while ago</date><msg></msg></logentry>
</log>`;

const expected = [
  {
    revision: '7',
    author: '爱丽丝',
    committedAt: '2026-01-02T03:04:05.000006Z',
    message: '<one> &amp; 二\r\n',
    paths: [
      { path: 'b c', action: 'replaced', kind: 'file', copiedFrom: { path: 'a', revision: '6' } },
      { path: '', action: 'modified', kind: 'unknown' },
    ],
  },
  { revision: '8', author: null, committedAt: null, message: '', paths: [] },
];

test('revision properties are read, also those that XML cannot hold, so many of them and so much of each', async () => {
  const properties = [
    ['ci:run', 'cart#12', ''],
    ['svn:original-date', '2026', ''],
    ['review:state', '&lt;ok&gt;', ''],
    ['bell', Buffer.from('a\u0007b\0').toString('base64'), ' encoding="base64"'],
    ['long', 'x'.repeat(5_000), ''],
    ...Array.from({ length: 100 }, (_, index) => [`p${index}`, 'v', '']),
  ].map(([name, value, more]) => `<property name="${name}"${more}>${value}</property>`);
  const text = `<log><logentry revision="7"><msg>m</msg><revprops>${properties.join('')}</revprops></logentry></log>`;

  const [revision] = await collect(parseLog(piecesOf(Buffer.from(text), [])));

  expect(revision).toMatchObject({ message: 'm', ciRun: 'cart#12' });
  expect(Object.keys(revision?.properties ?? {})).toHaveLength(50);
  expect(revision?.properties).toMatchObject({ 'review:state': '<ok>', bell: 'a\uFFFDb\uFFFD', p0: 'v' });
  expect(revision?.properties?.long).toHaveLength(1_000);
});

test('a log reads the same wherever its bytes are cut', async () => {
  const bytes = Buffer.from(log);
  const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 });

  await fc.assert(
    fc.asyncProperty(cuts, async (positions) => {
      expect(await collect(parseLog(piecesOf(bytes, positions)))).toEqual(expected);
    }),
  );
});

test('an entry is given before the next one has arrived', async () => {
  const end = log.indexOf('</logentry>') + '</logentry>'.length;
  const entries = parseLog(piecesOf(Buffer.from(log), [end]));

  const { value } = await entries.next();
  await entries.return();

  expect(value).toEqual(expected[0]);
});

test.each([
  ['is cut short', log.slice(0, -20)],
  ['is not well-formed', log.replace('</msg>', '')],
  ['defines entities', log.replace('<log>', '<!DOCTYPE log [<!ENTITY x "y">]><log>')],
  ['names an outside entity', log.replace('<log>', '<!DOCTYPE log SYSTEM "file:///etc/passwd"><log>')],
  ['uses an unknown entity', log.replace('&amp;amp;', '&x;')],
  ['is empty', ''],
])('a log that %s is a fault', async (_title, text) => {
  const reading = collect(parseLog(piecesOf(Buffer.from(text), [])));

  await expect(reading).rejects.toMatchObject({ name: 'Fault', code: 'internal' });
});

test('revisions of 100,000 paths each are read in a heap that holds two of them', async () => {
  const program = `
    import { parseLog } from './src/scm/subversion/parse-log.ts';
    const path = (n) => '<path action="M" kind="file">/trunk/some/folder/a-file-of-a-usual-name-' + n + '.txt</path>';
    const piece = Buffer.from(Array.from({ length: 1000 }, (_, n) => path(n)).join('\\n'));
    async function* log() {
      yield Buffer.from('<log>');
      for (let revision = 1; revision <= 5; revision += 1) {
        yield Buffer.from('<logentry revision="' + revision + '"><paths>');
        for (let n = 0; n < 100; n += 1) yield piece;
        yield Buffer.from('</paths></logentry>');
      }
      yield Buffer.from('</log>');
    }
    let paths = 0;
    for await (const revision of parseLog(log())) paths += revision.paths.length;
    console.log(paths);`;

  const heap = '--max-old-space-size=80';
  const printed = await runCommand(process.execPath, [heap, '--input-type=module', '--eval', program]);

  expect(Number(printed)).toBe(500_000);
});

async function* piecesOf(bytes: Buffer, cuts: number[]): AsyncGenerator<Buffer> {
  const sorted = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  for (const [index, start] of sorted.entries())
    yield bytes.subarray(start, sorted[index + 1] ?? bytes.length);
}
