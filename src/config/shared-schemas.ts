import { z } from 'zod';
import { name } from '../domain/text-schemas.ts';

export const text = z.string().min(1, 'an empty text');
/** A path in `trunkline.yaml` is relative to that file. */
export const file = text.meta({ title: 'file' });

/** Where a secret is; the secret itself never stands in the file. */
export const secretReference = z
  .union(
    [z.strictObject({ env: text }), z.strictObject({ file })],
    'a secret does not stand in this file itself\nwrite { env: NAME } or { file: PATH }',
  )
  .meta({ title: 'secret' });
export type SecretReference = z.infer<typeof secretReference>;

export const credentialsName = name
  .optional()
  .meta({ description: 'An entry of `credentials`.', examples: ['svn'] });
export const clientCertificate = file.optional().meta({
  description:
    'Subversion over `https`: certificate and key for a server that asks for one of its clients, as a PKCS#12 file without a passphrase, which only this account may read.',
  examples: ['/etc/trunkline/svn-client.p12'],
});
/** As svn names them in `--trust-server-cert-failures`. */
export const certificateFailures = [
  'unknown-ca',
  'cn-mismatch',
  'expired',
  'not-yet-valid',
  'other',
] as const;
export type CertificateFailure = (typeof certificateFailures)[number];
export const trustedFailures = z
  .array(z.enum(certificateFailures))
  .min(1, 'name at least one failure')
  .optional()
  .meta({
    description:
      "Subversion over `https`: failures of the server's certificate that are overlooked: `unknown-ca` (nobody known vouches for it), `cn-mismatch` (it is of another name), `expired`, `not-yet-valid`, `other`. Whoever can pass for that server gets the login and says what is built: name the `ca` instead where you can. `trunkline doctor` warns of it.",
    examples: [['expired']],
  });
export const authority = file.optional().meta({
  description: "PEM file with the CA of a private certificate. Default: the system's CAs.",
  examples: ['/etc/ssl/company-ca.pem'],
});
