import { createHmac, randomBytes } from 'node:crypto'

/** The prefix of a secret in Standard Webhooks; 24 to 64 bytes follow in base64. */
const PREFIX = 'whsec_'

export const newWebhookSecret = (): string => PREFIX + randomBytes(32).toString('base64')

/** The headers of Standard Webhooks. @param now The time of this try: receivers refuse old ones. */
export function signedHeaders({
  id,
  body,
  secret,
  now,
}: {
  id: string
  body: string
  secret: string
  now: number
}): Record<string, string> {
  const seconds = Math.floor(now / 1000)
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  }
}
