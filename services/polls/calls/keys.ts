import * as v from 'valibot'
import { answer, call } from '../../http/call/call.ts'
import { component, hash, text, time } from '../../http/call/schemas.ts'
import type { PollsContext } from '../context.ts'
import type { SigningJwk } from '../signing-keys.ts'

const KEYS_AGE_S = 60

const KeySet = component<{ keys: Omit<SigningJwk, 'd'>[] }>()(
  'KeySet',
  v.object({
    keys: v.array(
      v.object({
        kty: v.literal('OKP'),
        crv: v.literal('Ed25519'),
        alg: v.literal('EdDSA'),
        use: v.literal('sig'),
        kid: text,
        x: hash,
        from: v.pipe(time, v.description('It signs what is received from this time on')),
        to: v.exactOptional(
          v.pipe(time, v.description('A newer one signs what is received from this time on')),
        ),
        revoked: v.exactOptional(
          v.pipe(
            time,
            v.description('Anything received from this time on and signed by this key is not valid'),
          ),
        ),
      }),
    ),
  }),
)

const EXAMPLE_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  alg: 'EdDSA',
  use: 'sig',
  kid: 'k1',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  from: 1_795_349_712_000,
} as const

export const getKeys = call({
  id: 'getKeys',
  method: 'GET',
  path: '/v1/keys',
  tag: 'Polls',
  summary: 'Get the public signing keys',
  description: 'The keys that sign receipts and certificates, newest first (RFC 7517).',
  who: 'anybody',
  answers: {
    200: answer('The key set', KeySet, { keys: [EXAMPLE_KEY] }, 'application/jwk-set+json'),
  },
  cached: true,
}).handle(({ signingKeys }: PollsContext) => ({
  status: 200,
  maxAgeS: KEYS_AGE_S,
  body: signingKeys.publicSet(),
}))
