import { hasWildcard, isTopicFilter } from '../../protocol/mqtt/topic-filter.ts'
import { MqttError, type MqttVersion, REASON } from '../../protocol/mqtt/wire.ts'
import { RELAY_FILTER } from '../../protocol/topics.ts'
import { showOf } from './topics.ts'

export interface Admission {
  version: MqttVersion
  filterLengthMax: number
  showExists: (show: string) => boolean
  /** Whether it is another edge or a bridge that asks. */
  relay: boolean
}

/**
 * Whether a viewer may listen with this filter: `REASON.success`, or why not. A filter names its show: `#` and
 * `roar/+/mood` would send every show's packets through one phone, and let anyone list the shows. Within a show `+`
 * and `#` are free, but rooms have to be named. A relay may have everything, by the one filter `RELAY_FILTER`. Throws `MqttError` for a filter that MQTT does not allow at all
 * [MQTT-4.7.1-2] [MQTT-4.7.1-3].
 */
export function admitFilter(
  filter: string,
  { version, filterLengthMax, showExists, relay }: Admission,
): number {
  if (relay && filter === RELAY_FILTER) return REASON.success
  if (filter.length > filterLengthMax) return REASON.topicFilterInvalid
  if (!isTopicFilter(filter)) throw new MqttError(REASON.topicFilterInvalid, 'A topic filter is malformed')
  // In 3.1.1 this is an ordinary filter that matches nothing here.
  if (version === 5 && filter.startsWith('$share/')) return REASON.sharedSubscriptionsNotSupported
  const show = showOf(filter)
  if (show === undefined || hasWildcard(show) || !showExists(show)) return REASON.topicFilterInvalid
  const [, , kind] = filter.split('/', 3)
  if (kind === 'rooms' && hasWildcard(filter)) return REASON.topicFilterInvalid
  return REASON.success
}
