import { isId } from '../../protocol/ids.ts'
import { hasWildcard, isTopicFilter } from '../../protocol/mqtt/topic-filter.ts'
import { MqttError, REASON } from '../../protocol/mqtt/wire.ts'
import { RELAY_FILTER, showOf } from '../../protocol/topics.ts'
import type { EdgeContext } from './context.ts'
import type { Session } from './session.ts'

/**
 * Whether a viewer may subscribe to this filter: `REASON.success`, or why not. A filter must name its show: `#` and `roar/+/mood`
 * would send every show's packets through one phone, and let anyone list the shows. Within a show `+` and `#` are allowed, but
 * rooms must be named. A token for one show is not valid for others. A relay may subscribe to everything, only by the filter
 * `RELAY_FILTER`. Throws `MqttError` for a filter that MQTT does not allow at all [MQTT-4.7.1-2] [MQTT-4.7.1-3].
 */
export function admitFilter(
  { limits, showExists, isInStep }: Pick<EdgeContext, 'limits' | 'showExists' | 'isInStep'>,
  { version, relay, claims }: Pick<Session, 'version' | 'relay' | 'claims'>,
  filter: string,
): number {
  if (relay && filter === RELAY_FILTER) return REASON.success
  if (filter.length > limits.filterLengthMax) return REASON.topicFilterInvalid
  if (!isTopicFilter(filter)) throw new MqttError(REASON.topicFilterInvalid, 'A topic filter is malformed')
  // In 3.1.1 this is an ordinary filter, which matches nothing here.
  if (version === 5 && filter.startsWith('$share/')) return admitShared(filter)
  const show = showOf(filter)
  if (show === undefined || hasWildcard(show)) return REASON.topicFilterInvalid
  if (!showExists(show) && (isInStep() || !isId(show))) return REASON.topicFilterInvalid
  const [, , kind] = filter.split('/', 3)
  if (kind === 'rooms' && hasWildcard(filter)) return REASON.topicFilterInvalid
  if (claims.show !== undefined && claims.show !== show) return REASON.notAuthorized
  return REASON.success
}

/** [MQTT-4.8.2-1] [MQTT-4.8.2-2]: a name without wildcards, then a filter. Well-formed ones are not supported. */
function admitShared(filter: string): number {
  const [, name = '', ...rest] = filter.split('/')
  if (name === '' || hasWildcard(name) || rest.join('/') === '') {
    throw new MqttError(REASON.topicFilterInvalid, 'A shared subscription is malformed')
  }
  return REASON.sharedSubscriptionsNotSupported
}
