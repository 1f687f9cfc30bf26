import { optional } from '../assembly/part.ts'
import { edge as holding } from '../parts/edge.ts'
import { checkingIdentity } from '../parts/identity.ts'
import { upstreamOfEdge } from '../parts/pubsub.ts'
import type { Config } from '../settings.ts'
import type { Role } from './role.ts'

/** Tokens are checked if the settings say whose are valid; otherwise passwords are ignored, as MQTT clients may send any. */
export const checksTokens = (config: Config) => config['auth-secret'] !== '' || config['auth-jwks'] !== ''

/** Completes "no effect …" for settings about tokens if there are none. */
export const WITHOUT_TOKENS = 'without auth-secret or auth-jwks'

/** Fed by a broker or another edge: trees of any depth. It learns which shows exist from what it receives. */
export const edge: Role = {
  name: 'edge',
  summary: "cluster role: holds viewers' connections, fed by a broker or another edge",
  examples: [
    'roar edge --upstream mqtt://broker:1883 --host 0.0.0.0',
    'roar edge --upstream mqtt://relay:SECRET@deliver:1883 --workers 4 --mqtt-port 1883',
  ],
  parts: [upstreamOfEdge, holding, optional(checkingIdentity, checksTokens, WITHOUT_TOKENS)],
  settings: ['workers'],
}
