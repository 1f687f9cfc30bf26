import type { ClientPacket } from '../../protocol/mqtt/decode-client.ts'
import { encodePuback } from '../../protocol/mqtt/encode-server.ts'
import { MqttError, REASON } from '../../protocol/mqtt/wire.ts'
import { isReport } from '../../protocol/topics.ts'
import { decodeReport } from '../../protocol/viewers.ts'
import { chargeOfBytes } from './charges.ts'
import type { EdgeContext } from './context.ts'
import { countRefused } from './counters.ts'
import type { Session } from './session.ts'

type PublishPacket = Extract<ClientPacket, { type: 'publish' }>

/**
 * Viewers may not publish. 3.1.1 leaves a server the choice between a false acknowledgement and a close [MQTT-3.3.5-2]: a close
 * is honest. 5 has reason codes: a QoS that CONNACK excluded is a protocol error of its own [MQTT-3.2.2-11].
 */
export function handlePublish(
  context: EdgeContext,
  session: Session,
  { qos, topic, packetId, payload }: PublishPacket,
): void {
  if (session.relay && qos === 0 && isReport(topic)) {
    takeReport(context, session, payload)
    return
  }
  // A Mosquitto bridge announces itself below `$SYS`. Nobody can subscribe to that here, so publishing it means doing nothing.
  if (session.relay && session.version === 4 && topic.startsWith('$') && qos < 2) {
    if (packetId !== undefined) session.answer(encodePuback(packetId))
    return
  }
  if (qos > 0) throw new MqttError(REASON.qosNotSupported, 'A PUBLISH with a QoS that was not offered')
  throw new MqttError(REASON.notAuthorized, 'Viewers may not publish')
}

/**
 * Skips an unreadable report: the next one comes within seconds. Also skips unknown shows: reports are forwarded to the parent
 * edge, which would disconnect the whole branch for one relay that invents shows.
 */
function takeReport(
  { census, below, topics, counters, passedMs }: EdgeContext,
  session: Session,
  payload: Uint8Array,
): void {
  if (!session.charge(chargeOfBytes(payload.length))) return
  const report = decodeReport(payload)
  if (report === undefined) countRefused(counters, 'report')
  else if ('fleet' in report) below.take(session, report.fleet, passedMs())
  else {
    const known = Object.entries(report.viewers).filter(([show]) => topics.count(show) > 0)
    census.take(session, Object.fromEntries(known), passedMs())
  }
}
