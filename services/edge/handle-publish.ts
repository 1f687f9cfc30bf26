import { MqttError, REASON } from '../../protocol/mqtt/wire.ts'
import type { Connection } from './connection.ts'

/**
 * Viewers only listen. 3.1.1 leaves a server the choice between a false acknowledgement and a close [MQTT-3.3.5-2]: a
 * close is honest. 5 has words for it: a QoS that CONNACK ruled out is a protocol error of its own [MQTT-3.2.2-11].
 */
export function handlePublish(_connection: Connection, { qos }: { qos: number }): never {
  if (qos > 0) throw new MqttError(REASON.qosNotSupported, 'A PUBLISH with a QoS that was not offered')
  throw new MqttError(REASON.notAuthorized, 'Viewers do not publish')
}
