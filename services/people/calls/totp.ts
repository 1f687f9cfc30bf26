import * as v from 'valibot'
import { RoarError } from '../../../protocol/errors.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { named, text } from '../../http/call/schemas.ts'
import { MATCHES, seenIn } from '../../http/versions.ts'
import { checkRecent } from '../../identity/member.ts'
import type { PeopleContext } from '../context.ts'
import { asIs, EXAMPLE_PERSON, PersonSchema } from '../schemas.ts'

const NewTotp = named(
  'NewTotp',
  v.object({
    secret: v.pipe(text, v.description('Shown once, in base32, for who cannot scan')),
    uri: v.pipe(text, v.description('What an authenticator scans (`otpauth:`)')),
  }),
)
const RecoveryCodes = named(
  'RecoveryCodes',
  v.object({
    recovery: v.pipe(v.array(text), v.description('Shown once; each can be used once instead of a code')),
  }),
)

export const setTotp = call({
  id: 'setTotp',
  method: 'POST',
  path: '/v1/studio/people/{person}/totp',
  tag: 'People',
  summary: 'Turn on a second factor: codes of an authenticator (RFC 6238)',
  description:
    'First without a body: the answer has a secret. Then with the `code` from the authenticator: this turns it on, and the answer has recovery codes. Only for your own account.',
  who: 'owner',
  orOneself: true,
  body: json(v.strictObject({ code: v.exactOptional(text) }), { code: '123456' }, { optional: true }),
  answers: {
    200: answer('A code is asked for from now on', RecoveryCodes, { recovery: ['ABCD-EFGH-IJKL-MNOP'] }),
    201: answer('A secret, which waits for its first code', NewTotp, {
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      uri: 'otpauth://totp/Roar%3Apat%40stadium.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Roar',
    }),
  },
  errors: ['sign_in_again', 'wrong_state', 'code_required', 'stale', 'store_unavailable'],
}).handle(async ({ secondFactor }: PeopleContext, { params: { person }, body: { code }, caller }) => {
  if (caller.signedIn?.person !== person)
    throw new RoarError('forbidden', 'only they can set up their second factor')
  checkRecent(caller)
  if (code === undefined) return { status: 201, body: await secondFactor.begin(person, caller.who) }
  return { status: 200, body: { recovery: await secondFactor.confirm(person, caller.who, code) } }
})

export const removeTotp = call({
  id: 'removeTotp',
  method: 'DELETE',
  path: '/v1/studio/people/{person}/totp',
  tag: 'People',
  summary: 'Turn off the second factor',
  description: `For your own account, with a \`code\` of it or a recovery code; or by an owner for somebody who has lost both. ${MATCHES}`,
  who: 'owner',
  orOneself: true,
  body: json(v.strictObject({ code: v.exactOptional(text) }), { code: '123456' }, { optional: true }),
  answers: { 200: answer('The person as they are now', PersonSchema, EXAMPLE_PERSON) },
  errors: ['sign_in_again', 'stale', 'code_required', 'store_unavailable'],
}).handle(
  async ({ secondFactor }: PeopleContext, { params: { person }, body: { code }, caller, request }) => {
    const isOwn = caller.signedIn?.person === person
    if (!isOwn) checkRecent(caller)
    return asIs(await secondFactor.remove(person, caller.who, { seen: seenIn(request), isOwn, code }))
  },
)
