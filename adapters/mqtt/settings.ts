import * as v from 'valibot'
import { group, setting, withPasswords } from '../../settings/setting.ts'
import { isMqttAddress } from '../../settings/values.ts'

/** One address, or several separated by commas; a comma in a password is %2C. */
const mqttAddresses = v.pipe(
  v.string(),
  v.check(
    (text) => text === '' || text.split(',').every(isMqttAddress),
    'is not an address like mqtt://host:1883, or several with commas between',
  ),
)

export const PUBSUB_SETTINGS = group('PubSub', {
  pubsub: withPasswords(
    setting(
      mqttAddresses,
      '',
      'The MQTT broker of a cluster, to which deliver publishes and from which ingest serves the fallbacks. Without it, deliver is itself an edge.',
    ),
  ),
  upstream: withPasswords(
    setting(
      mqttAddresses,
      '',
      'Where an edge or a bridge reads packets from: a broker, or another edge with its secret, mqtt://relay:SECRET@host:1883. Several, separated by commas, are tried in turn.',
    ),
  ),
  'pubsub-ca': setting(
    v.string(),
    '',
    'A PEM file with the authority of the certificates of pubsub and upstream. A changed file is used from the next connection on. Empty: the authorities that the system trusts.',
  ),
  'pubsub-cert': setting(
    v.string(),
    '',
    "A PEM file with the client certificate and its intermediates, presented to pubsub and upstream over mqtts and wss; an edge with relay-ca accepts it as a relay's. A changed file is used from the next connection on. Empty: none.",
  ),
  'pubsub-key': setting(v.string(), '', 'A PEM file with the key of pubsub-cert.'),
})
