import * as v from 'valibot'
import { group, secret, setting } from '../../settings/setting.ts'
import { list, whole } from '../../settings/values.ts'
import { isKeySetPlace, keySetAddress } from '../identity/key-set.ts'
import { parseRoleRule } from './role-rule.ts'

const text = v.string('is not a text')

/** How people sign in to the studio. */
export const PEOPLE_SETTINGS = group('People', {
  'session-idle-s': setting(
    whole(60, 2_592_000),
    7_200,
    'Seconds without a call after which a session of the studio ends.',
  ),
  'session-max-s': setting(
    whole(60, 31_536_000),
    43_200,
    'Seconds after which a session of the studio ends, whatever happens.',
  ),
  'oidc-issuer': setting(
    v.pipe(
      text,
      v.check((place) => place === '' || keySetAddress(place) !== undefined, 'is not an address'),
      v.check(isKeySetPlace, 'is http and not on this machine: whoever is on the way could sign anybody in'),
    ),
    '',
    'A provider of OpenID Connect that signs people in to the studio. Empty: by password alone.',
  ),
  'oidc-client': setting(text, '', 'What this server is called at oidc-issuer (client_id).'),
  'oidc-secret': secret(
    setting(text, '', 'Its secret there (client_secret). Empty: a public client, by PKCE alone.'),
  ),
  'oidc-scope': setting(
    v.pipe(text, v.regex(/(^| )openid( |$)/, 'has no openid in it')),
    'openid email profile',
    'What the provider is asked to tell.',
  ),
  'oidc-roles': setting(
    v.pipe(
      list,
      v.everyItem(
        (rule) => parseRoleRule(rule) !== undefined,
        'is not CLAIM=VALUE ROLE or CLAIM=VALUE ROLE@SHOW, or a list of them',
      ),
    ),
    [],
    'The claims that give a role, at each sign-in. Empty: roles are given in the studio, and only people who were invited get in.',
  ),
})
