import * as v from 'valibot'
import { group, secret, setting } from '../../settings/setting.ts'
import { list, yesOrNo } from '../../settings/values.ts'
import { parseClaimRule } from './claim-rule.ts'
import { isKeySetPlace } from './key-set.ts'

const claimRules = v.pipe(
  list,
  v.everyItem(
    (rule) => parseClaimRule(rule) !== undefined,
    'is not CLAIM=VALUE or ISSUER CLAIM=VALUE, or a list of them',
  ),
)

/** Whose tokens are valid. */
export const AUTH_SETTINGS = group('Tokens', {
  guests: setting(yesOrNo, true, 'Whether anyone may get a token as a guest, under a name of their choice.'),
  'auth-secret': secret(
    setting(
      v.pipe(v.string(), v.regex(/^$|^.{32,}$/s, 'is shorter than 32 characters')),
      '',
      'The secret that signs and verifies HS256 tokens. Empty: created at the first start, in the data folder.',
    ),
  ),
  'auth-jwks': setting(
    v.pipe(
      v.string('is not a text'),
      v.check(
        isKeySetPlace,
        'is http and not on this machine: anyone on the network path could substitute other keys',
      ),
    ),
    '',
    'A file or an https address with the public keys of EdDSA, ES256 and RS256 tokens.',
  ),
  'auth-revoked': setting(
    v.string(),
    '',
    'A file of revoked tokens, as roar token revoke writes it; changes take effect within seconds. Empty: none.',
  ),
  'auth-issuer': setting(
    list,
    [],
    'The issuers (iss) whose tokens are accepted. Empty: any whose signature is valid.',
  ),
  'auth-audience': setting(
    list,
    [],
    'The name of this server in tokens (aud). A token only for other audiences is rejected; if this is set, so is a token of the key set without an audience.',
  ),
  'auth-producer': setting(
    claimRules,
    ['role=producer'],
    "The claims that make a producer: CLAIM=VALUE in tokens signed with auth-secret, ISSUER CLAIM=VALUE in an issuer's.",
  ),
  'auth-verified': setting(
    claimRules,
    [],
    'The claims by which an issuer vouches for a person, for polls of verified viewers, in the same form as auth-producer.',
  ),
})
