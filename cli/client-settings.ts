import * as v from 'valibot'
import { group, secret, setting } from '../settings/setting.ts'
import { text } from '../settings/values.ts'

/** How commands for producers reach a server. They may be in the environment in which a server starts, too. */
export const CLIENT_SETTINGS = group('Server', {
  url: setting(text, 'http://localhost:7766', 'The address of the server, or of the studio of a cluster.'),
  token: secret(
    setting(
      v.string(),
      '',
      "A producer's token. Empty: signed for five minutes with the secret of the server's data folder.",
    ),
  ),
})
