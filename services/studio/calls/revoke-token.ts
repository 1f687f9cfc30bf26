import * as v from 'valibot'
import { RoarError } from '../../../protocol/errors.ts'
import { REVOKED_MAX } from '../../../protocol/limits.ts'
import type { Revoked } from '../../../protocol/revoked.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { component, hash, time } from '../../http/call/schemas.ts'
import { markOf, Revocation } from '../../identity/revocations.ts'
import type { StudioContext } from '../context.ts'
import { REVOKE_TOKEN } from '../shows.ts'

const RevokedToken = component<Revoked>()(
  'RevokedToken',
  v.object({
    revoked: v.pipe(hash, v.description('The mark by which every server knows it, see docs/tokens.md')),
    until: v.pipe(time, v.description('When it expires by itself')),
  }),
)
const EXAMPLE = { revoked: 'LPJNul-wow4m6DsqxbninA', until: 1_900_000_000_000 }

export const revokeToken = call({
  id: 'revokeToken',
  method: 'POST',
  path: '/v1/studio/revocations',
  tag: 'Studio',
  summary: 'Revoke a viewer’s or a producer’s token, or all of a viewer’s',
  description: `At every server within two seconds: it is refused, and its connections end with close code 4201. By its \`jti\`, or by the \`sub\` (and \`iss\`, where tokens have one) for all tokens, also those issued later; \`exp\` as in the token, in seconds: from then on there is nothing to revoke. At most ${REVOKED_MAX} at once.`,
  who: 'producer',
  body: json(Revocation, { jti: '7f3a2c', exp: 1_900_000_000 }),
  answers: {
    200: answer('It was revoked before, for as long', RevokedToken, EXAMPLE),
    201: answer('It is revoked', RevokedToken, EXAMPLE),
  },
  errors: ['too_many_revocations', 'store_unavailable', 'log_unavailable'],
}).handle(async ({ store, control, directory, clock }: StudioContext, { body, caller }) => {
  const revoked = { revoked: markOf(body), until: Math.floor(body.exp * 1000) }
  const at = clock.now()
  if (revoked.until <= at) throw new RoarError('bad_request', '"exp": the token has already expired')
  const live = directory.revoked().filter(({ until }) => until > at)
  const known = live.find((each) => each.revoked === revoked.revoked)
  if (known !== undefined && known.until >= revoked.until) return { status: 200, body: known }
  if (known === undefined && live.length >= REVOKED_MAX)
    throw new RoarError(
      'too_many_revocations',
      `there are already ${REVOKED_MAX} revoked tokens that have not expired`,
    )
  // The trail is durable: after a restart the log is filled from it. It has the mark and not the token's contents.
  await store.polls.record('', { at, who: caller.who, action: REVOKE_TOKEN, poll: '', detail: revoked })
  await control.revoke(revoked)
  return { status: 201, body: revoked }
})
