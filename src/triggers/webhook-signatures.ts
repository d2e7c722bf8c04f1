import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../domain/secret.ts';

/** Compares with the signature that each secret makes of the body, in a time that says nothing about any of them. */
export function isSignedWith(secrets: readonly Secret[], hex: string, body: Buffer): boolean {
  const presented = Buffer.from(/^[0-9a-f]{64}$/i.test(hex) ? hex : '', 'hex');
  return isMadeBy(
    secrets.map((secret) => hmac(secret.reveal(), body)),
    [presented],
  );
}

/** The three headers of the Standard Webhooks specification, as they came. */
export interface StandardSignature {
  id: string;
  timestamp: string;
  /** `v1,BASE64`, several of them separated by spaces. */
  signatures: string;
}

/** How far the sender's clock may be from ours, and how long a delivery that somebody recorded can be played again. */
const toleranceMs = 5 * 60_000;

/** GitLab 19: signed over id, time and body; refused when that time is not about now. */
export function isStandardSignedWith(
  secrets: readonly Secret[],
  { id, timestamp, signatures }: StandardSignature,
  { body, nowMs }: { body: Buffer; nowMs: number },
): boolean {
  const isTime = /^\d{1,12}$/.test(timestamp);
  if (!isTime || Math.abs(nowMs - Number(timestamp) * 1000) > toleranceMs) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const presented = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'));
  const keys = secrets.map((secret) => Buffer.from(secret.reveal().replace(/^whsec_/, ''), 'base64'));
  return isMadeBy(
    keys.map((key) => hmac(key, signed)),
    presented.slice(0, mostSignatures),
  );
}

const mostSignatures = 10;

function hmac(key: string | Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function isMadeBy(expected: readonly Buffer[], presented: readonly Buffer[]): boolean {
  let isMade = false;
  for (const one of expected) {
    for (const other of presented) {
      if (other.length === one.length) isMade = timingSafeEqual(one, other) || isMade;
    }
  }
  return isMade;
}
