import { describe, expect, it } from 'vitest';
import {
  type CopyRecord,
  chooseCopy,
  copiesToDrop,
  parseRecord,
} from '../../../src/scm/subversion/copies/choose-copy.ts';

const hour = 3_600_000;
const now = 1_000 * hour;
const wish = { repository: 'shop', root: 'svn://host/shop', generation: 2, branch: 'trunk', path: 'app' };
const ids = ['a', 'b', 'c'].map((letter) => `${letter.repeat(8)}-0000-4000-8000-000000000000`);

function record(more: Partial<CopyRecord> = {}): CopyRecord {
  const [id = ''] = ids;
  return { ...wish, id, isSettled: true, bytes: 10, uses: 1, usedAt: now, ...more };
}

describe('the copy for a fetch', () => {
  const choose = (records: CopyRecord[], held: string[] = []) =>
    chooseCopy(records, wish, { held: new Set(held), now });

  it("is the branch's own, in whatever order it was left", () => {
    const own = record({ isSettled: false, usedAt: 0 });

    expect(choose([record({ branch: 'branches/x', usedAt: 0 }), own])).toEqual({
      kind: 'reuse',
      record: own,
    });
  });

  it('is a second one while the own one is in use, and none while both are', () => {
    const second = record({ id: ids[1] ?? '', usedAt: now - hour });

    expect(choose([record()], [record().id])).toEqual({ kind: 'make' });
    expect(choose([record(), second], [record().id])).toEqual({ kind: 'reuse', record: second });
    expect(choose([record(), second], [record().id, second.id])).toEqual({ kind: 'none' });
  });

  it('is of two free ones that which was used last', () => {
    const [older, newer] = [record({ usedAt: now - hour }), record({ id: ids[1] ?? '' })];

    expect(choose([older, newer])).toEqual({ kind: 'reuse', record: newer });
  });

  it('is that of another branch once it had nothing to do for an hour', () => {
    const idle = record({ branch: 'branches/x', usedAt: now - hour - 1 });

    expect(choose([idle])).toEqual({ kind: 'reuse', record: idle });
    expect(choose([idle], [idle.id])).toEqual({ kind: 'make' });
    expect(choose([record({ branch: 'branches/x', usedAt: now - hour })])).toEqual({ kind: 'make' });
  });

  it.each<Partial<CopyRecord>>([
    { generation: 1 },
    { path: 'app2' },
    { repository: 'copy' },
    { root: 'svn://other/shop' },
  ])('is never one of %o', (other) => {
    expect(choose([record({ usedAt: 0, ...other })])).toEqual({ kind: 'make' });
  });
});

describe('copies that go', () => {
  const [a = '', b = '', c = ''] = ids;
  const drop = (records: CopyRecord[], limits: { mostBytes?: number; held?: string[] } = {}) =>
    copiesToDrop(records, {
      keepMs: 10 * hour,
      now,
      mostBytes: limits.mostBytes ?? 100,
      held: new Set(limits.held),
    }).map(({ id }) => id);

  it('are those that nobody needed, and those of an earlier generation', () => {
    const records = [record(), record({ id: b, usedAt: now - 11 * hour }), record({ id: c, generation: 1 })];

    expect(drop(records).toSorted()).toEqual([b, c]);
  });

  it('are the longest unused of too many, and never those in use', () => {
    const records = [a, b, c].map((id, age) => record({ id, bytes: 40, usedAt: now - age * hour }));

    expect(drop(records)).toEqual([c]);
    expect(drop(records, { held: [c] })).toEqual([b]);
    expect(drop(records, { mostBytes: 0 })).toEqual([c, b, a]);
  });
});

it('a record that is damaged, or of another version, is none', () => {
  expect(parseRecord(JSON.stringify(record()))).toEqual(record());
  expect(parseRecord('{"id": "')).toBeUndefined();
  expect(parseRecord(JSON.stringify({ ...record(), later: 1 }))).toBeUndefined();
});
