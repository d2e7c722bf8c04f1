import { expect, test } from 'vitest';
import type { CertificateFailure } from '../../../src/config/shared-schemas.ts';
import { type ApacheOptions, startApacheSubversion } from '../../support/apache-subversion.ts';
import { startSubversion } from '../../support/subversion.ts';
import { collect, noStop, subversionAt } from './subversion-at.ts';

test.for<[CertificateFailure[], CertificateFailure, ApacheOptions, boolean]>([
  [['unknown-ca'], 'expired', {}, false],
  [['cn-mismatch'], 'unknown-ca', { name: 'svn.example.com' }, true],
  [['expired'], 'cn-mismatch', { isExpired: true }, true],
  [['cn-mismatch', 'unknown-ca'], 'cn-mismatch', { name: 'svn.example.com' }, false],
])(
  'of a certificate %s is overlooked where that is named, and %s alone is another thing',
  async ([failures, other, options, isCaNamed]) => {
    await using svn = await startSubversion();
    await svn.commit({ files: { 'trunk/a.txt': 'a' } });
    await using apache = await startApacheSubversion(svn.path, 's3cret', options);
    const login = { password: 's3cret', ca: isCaNamed ? apache.ca : null };
    await using trusting = await subversionAt(apache.root, { ...login, trustedFailures: failures });
    await using strict = await subversionAt(apache.root, login);
    await using otherwise = await subversionAt(apache.root, { ...login, trustedFailures: [other] });

    const heads = [await trusting.scm.head(noStop()), await trusting.scm.head(noStop())];
    const revisions = await collect(trusting.scm.revisions({ from: 1, to: 1 }, noStop()));
    const text = await trusting.scm.readFile({ path: 'trunk/a.txt', revision: '1' }, noStop());

    expect(heads).toEqual([1, 1]);
    expect(revisions).toHaveLength(1);
    expect(text).toBe('a');
    for (const { scm } of [strict, otherwise]) {
      await expect(scm.head(noStop())).rejects.toMatchObject({
        ...{ code: 'scm-denied', isRetryable: false },
        hint: expect.stringContaining('trust-certificate-failures'),
      });
    }
  },
);
