import { CLOSE } from '../../protocol/close-codes.ts'
import type { ConnectPacket } from '../../protocol/mqtt/decode-client.ts'
import { encodeConnack } from '../../protocol/mqtt/encode-server.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'
import type { Connection } from './connection.ts'
import { STANDBY } from './goodbye.ts'

/** RFC 6455: the request breaks a policy. A client must not come again with the same one. */
const POLICY = 1008

/** Accepts a viewer, at once or after its token was verified. */
export function handleConnect(connection: Connection, packet: ConnectPacket): void {
  const refusal = refusalOf(packet)
  if (refusal !== undefined) {
    connection.refuse({ ...refusal, code: POLICY })
    return
  }
  if (connection.hub.standby) {
    connection.refuse(STANDBY)
    return
  }
  const { verify, isRelay } = connection.hub
  connection.relay = isRelay({ password: packet.password, local: connection.transport.local })
  if (connection.relay) connection.transport.widen?.(connection.hub.limits.relayBacklogBytesMax)
  if (connection.relay || verify === undefined || packet.password === undefined) {
    accept(connection, packet)
    return
  }
  connection.awaitVerification()
  verify(new TextDecoder().decode(packet.password)).then(
    () => {
      if (connection.state === 'verifying') accept(connection, packet)
    },
    () => {
      // Why a token is bad is not told to who sent it.
      const refused = { reason: REASON.badUserNameOrPassword, code: POLICY, text: 'The token is not valid' }
      if (connection.state === 'verifying') connection.refuse(refused)
    },
  )
}

function refusalOf({ version, clientId, clean, will, authenticationMethod }: ConnectPacket) {
  // [MQTT-4.12.0-1] of v5.
  if (authenticationMethod !== undefined) {
    return { reason: REASON.badAuthenticationMethod, text: 'No authentication method is offered' }
  }
  // [MQTT-3.1.3-8]: a session can't be found again without an id. In 5 the id is assigned.
  if (version === 4 && clientId === '' && !clean) {
    return { reason: REASON.clientIdentifierNotValid, text: 'An empty client id needs a clean session' }
  }
  // A will is a PUBLISH. Accepting one means to publish it [MQTT-3.1.2-8], and viewers don't publish. [MQTT-3.2.2-12]
  if (will !== undefined) {
    return {
      reason: will.qos > 0 ? REASON.qosNotSupported : REASON.notAuthorized,
      text: 'Viewers leave no will',
    }
  }
  return undefined
}

/**
 * A session ends with its connection: 5 is told so by Session Expiry Interval 0, and 3.1.1 by Session Present 0 when it
 * comes again. With QoS 0 there is nothing in a session but filters, which every client sends again.
 */
function accept(
  connection: Connection,
  { version, clientId, keepAliveS, packetBytesMax }: ConnectPacket,
): void {
  const { limits, newClientId } = connection.hub
  // Version 3.1.1 can't be told another keep-alive: what it asks for stands.
  const limited = version === 5 && (keepAliveS === 0 || keepAliveS > limits.keepAliveMaxS)
  const connack = encodeConnack({
    version,
    announce: {
      packetBytesMax: limits.packetBytesMax,
      assignedClientId: version === 5 && clientId === '' ? newClientId() : undefined,
      serverKeepAliveS: limited ? limits.keepAliveMaxS : undefined,
    },
  })
  connection.keepAliveMs = (limited ? limits.keepAliveMaxS : keepAliveS) * 1000
  connection.packetBytesMax = packetBytesMax ?? Number.POSITIVE_INFINITY
  if (connack.length > connection.packetBytesMax) {
    connection.end({ reason: REASON.packetTooLarge, code: CLOSE.tooLarge, text: 'CONNACK does not fit' })
    return
  }
  connection.open(connack)
}
