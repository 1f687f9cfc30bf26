import * as v from 'valibot'
import { group, secret, setting } from '../settings/setting.ts'
import { httpAddress } from '../settings/values.ts'
import { SETTINGS } from './settings.ts'

/** How commands for producers reach a server. A server ignores them in its environment. */
export const CLIENT_SETTINGS = group('Server', {
  url: setting(
    httpAddress,
    'http://localhost:7766',
    'The address of the server, or of the studio of a cluster.',
  ),
  token: secret(
    setting(
      v.string(),
      '',
      "A producer's token. Empty: one that is valid for five minutes, signed with auth-secret or the secret in the server's data folder.",
    ),
  ),
})

/** What any command may read: any other ROAR_ name in the environment is a mistake. */
export const ALL_SETTINGS = { ...CLIENT_SETTINGS, ...SETTINGS }
