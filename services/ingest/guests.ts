import * as v from 'valibot'
import { NAME_UNITS_MAX } from '../../protocol/limits.ts'
import type { GuestAnswer } from '../../protocol/packets.ts'
import { peerAddress } from '../http/address.ts'
import { answer, call, json } from '../http/call/call.ts'
import { component, named, text, time } from '../http/call/schemas.ts'
import type { IngestContext } from './context.ts'

const Guest = component<GuestAnswer>()(
  'Guest',
  v.object({
    viewer: text,
    name: v.pipe(
      text,
      v.description('The name as it will be shown: the requested one, sanitised, or a generated one'),
    ),
    token: text,
    expires: time,
  }),
)

/** Any JSON: anything that cannot be a name is ignored, and the guest gets a made-up one. */
const name = v.pipe(v.unknown(), v.metadata({ type: 'string', maxLength: NAME_UNITS_MAX }))

const NewGuest = named('NewGuest', v.looseObject({ name: v.exactOptional(name) }))

export const createGuest = call({
  id: 'createGuest',
  method: 'POST',
  path: '/v1/viewers',
  tag: 'Viewers',
  summary: 'Get a guest’s token',
  description: 'A token for someone who is not signed in, where the server allows guests.',
  who: 'anybody',
  limited: true,
  body: json(NewGuest, { name: 'Ann' }, { optional: true }),
  answers: {
    201: answer('The token', Guest, {
      viewer: 'guest-0f1e2d3c4b5a697887',
      name: 'Ann',
      token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
      expires: 1_797_941_712_000,
    }),
  },
  errors: ['guests_not_allowed'],
}).handle(async ({ identity, minting, settings }: IngestContext, { body, request, server }) => {
  await minting.turnOf(peerAddress(request, server, settings.trustProxy))
  return { status: 201, body: await identity.issueGuest(body.name) }
})
