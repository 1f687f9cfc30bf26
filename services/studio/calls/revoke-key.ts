import * as v from 'valibot'
import { RoarError } from '../../../protocol/errors.ts'
import { answer, call } from '../../http/call/call.ts'
import { named, text, time } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'

const RevokedKey = named('RevokedKey', v.object({ kid: text, revoked: time }))

export const revokeKey = call({
  id: 'revokeKey',
  method: 'DELETE',
  path: '/v1/studio/keys/{kid}',
  tag: 'Studio',
  summary: 'Revoke a signing key',
  description:
    'Anything received from then on and signed by this key is not valid. If it is the newest key, a new one is created first.',
  who: 'producer',
  answers: {
    200: answer('Since when', RevokedKey, {
      kid: 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ',
      revoked: 1_795_349_712_000,
    }),
  },
  errors: ['store_unavailable'],
}).handle(async ({ revokeKey }: StudioContext, { params: { kid }, caller }) => {
  const revoked = await revokeKey(kid, caller.who)
  if (revoked === undefined) throw new RoarError('not_found', 'there is no such key')
  return { status: 200, body: { kid, revoked } }
})
