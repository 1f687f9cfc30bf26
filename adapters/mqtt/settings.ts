import * as v from 'valibot'
import { group, setting, withPasswords } from '../../settings/setting.ts'

/** One, or several with commas between; a comma in a password is %2C. */
const mqttAddresses = v.pipe(
  v.string(),
  v.regex(
    /^$|^(mqtts?|wss?):\/\/[^,]+(,(mqtts?|wss?):\/\/[^,]+)*$/,
    'is not an address like mqtt://host:1883, or several with commas between',
  ),
)

export const PUBSUB_SETTINGS = group('PubSub', {
  pubsub: withPasswords(
    setting(
      mqttAddresses,
      '',
      'The MQTT broker of a cluster: where deliver publishes, or what ingest serves the fallbacks from. Deliver without one holds an edge itself.',
    ),
  ),
  upstream: withPasswords(
    setting(
      mqttAddresses,
      '',
      'Where an edge or a bridge reads packets from: a broker, or another edge with its secret, mqtt://relay:SECRET@host:1883. Several with commas between are tried in turn.',
    ),
  ),
  'pubsub-ca': setting(
    v.string(),
    '',
    'A PEM file with the authority of the certificates of pubsub and upstream. A changed file is taken at the next connection. Empty: those that the system trusts.',
  ),
  'pubsub-cert': setting(
    v.string(),
    '',
    'A PEM file with the certificate, and its intermediates, that is presented to pubsub and upstream over mqtts and wss: an edge with relay-ca takes a relay by it. A changed file is taken at the next connection. Empty: none is.',
  ),
  'pubsub-key': setting(v.string(), '', 'A PEM file with the key of pubsub-cert.'),
})
