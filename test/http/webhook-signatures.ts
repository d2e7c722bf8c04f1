import { createHmac } from 'node:crypto';

/** As GitHub, Gitea and Forgejo sign. */
export function hmac(key: string, body: string): string {
  return createHmac('sha256', key).update(body).digest('hex');
}

/** As GitLab 19 signs: Standard Webhooks. @param key `whsec_...` */
export function standard(key: string, signed: string): string {
  return createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64'))
    .update(signed)
    .digest('base64');
}
