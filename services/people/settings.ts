import * as v from 'valibot'
import { effectiveWith, group, secret, setting } from '../../settings/setting.ts'
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
    'Seconds after which a session of the studio ends in any case.',
  ),
  'oidc-issuer': setting(
    v.pipe(
      text,
      v.check((place) => place === '' || keySetAddress(place) !== undefined, 'is not an address'),
      v.check(isKeySetPlace, 'is http and not on this machine: whoever is on the way could sign anybody in'),
    ),
    '',
    'An OpenID Connect provider for signing in to the studio. Empty: passwords only.',
  ),
  'oidc-client': setting(text, '', 'The client id of this server at oidc-issuer (client_id).'),
  'oidc-secret': effectiveWith(
    ['oidc-issuer'],
    secret(
      setting(text, '', 'The client secret (client_secret). Empty: a public client that uses only PKCE.'),
    ),
  ),
  'oidc-scope': effectiveWith(
    ['oidc-issuer'],
    setting(
      v.pipe(text, v.regex(/(^| )openid( |$)/, 'has no openid in it')),
      'openid email profile',
      'The scopes to request from the provider.',
    ),
  ),
  'oidc-roles': effectiveWith(
    ['oidc-issuer'],
    setting(
      v.pipe(
        list,
        v.everyItem(
          (rule) => parseRoleRule(rule) !== undefined,
          'is not CLAIM=VALUE ROLE or CLAIM=VALUE ROLE@SHOW, or a list of them',
        ),
      ),
      [],
      'The claims that give a role at each sign-in. Empty: roles are managed in the studio, and only invited people can sign in.',
    ),
  ),
})
