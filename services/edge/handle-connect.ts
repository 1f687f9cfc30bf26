import { isEdgeClient } from '../../engine/lineage.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { ConnectPacket } from '../../protocol/mqtt/decode-client.ts'
import { encodeConnack } from '../../protocol/mqtt/encode-server.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'
import type { EdgeContext } from './context.ts'
import { type Goodbye, RELAY_GOODBYES, STANDBY } from './goodbye.ts'
import { mayStill, spend } from './origins.ts'
import type { Session } from './session.ts'

/** Accepts a viewer, at once or after its token was verified. */
export function handleConnect(context: EdgeContext, session: Session, packet: ConnectPacket): void {
  if (session.turnedAway) {
    session.refuse(session.turnedAway)
    return
  }
  const { local, certificate } = session.transport
  // The handshake may belong to an older session, which is resumed without checking the date.
  const presented = certificate && certificate.expiresMs > context.now() ? certificate : undefined
  session.relay = context.isRelay({ password: packet.password, local, names: presented?.names })
  const refusal = context.standby
    ? STANDBY
    : (refusalOf(packet, session) ?? (session.relay ? edgeRefusal(context, packet) : undefined))
  if (refusal !== undefined) {
    session.refuse(refusal)
    return
  }
  if (session.relay) {
    session.isEdge = isEdgeClient(packet.clientId)
    if (presented) session.claims = { expiresMs: presented.expiresMs }
    session.transport.widen(context.limits.relayBacklogBytesMax)
    accept(context, session, packet)
    return
  }
  // An empty password means none: some clients send one beside a user name.
  const token = packet.password?.length ? new TextDecoder().decode(packet.password) : session.transport.token
  if (context.verify !== undefined && token !== undefined) verify(context, session, { packet, token })
  else if (context.tokensDemanded) session.refuse(TOKEN_WANTED)
  else accept(context, session, packet)
}

/**
 * A client that identifies itself as an edge is refused at once if it cannot be a child of this one; others when they subscribe
 * to everything.
 */
function edgeRefusal({ relayRefusal }: EdgeContext, { clientId }: ConnectPacket): Goodbye | undefined {
  const refusal = isEdgeClient(clientId) ? relayRefusal(clientId) : undefined
  return refusal && RELAY_GOODBYES[refusal]
}

const TOKEN_WANTED: Goodbye = {
  reason: REASON.notAuthorized,
  code: CLOSE.policy,
  text: 'A token is needed here, as the password',
}
// The sender of an invalid token is not told what is wrong with it.
const BAD_TOKEN: Goodbye = {
  reason: REASON.badUserNameOrPassword,
  code: CLOSE.policy,
  text: 'The token is not valid',
}
const CANNOT_VERIFY: Goodbye = {
  reason: REASON.serverUnavailable,
  code: CLOSE.tryAgainLater,
  text: 'Tokens cannot be verified now',
}
const TOO_MANY_BAD_TOKENS: Goodbye = {
  reason: REASON.connectionRateExceeded,
  code: CLOSE.tryAgainLater,
  text: 'Too many invalid tokens from this address',
}

function verify(
  context: EdgeContext,
  session: Session,
  { packet, token }: { packet: ConnectPacket; token: string },
): void {
  if (!mayStill(session.origins, 'badTokens', context.passedMs())) {
    session.refuse(TOO_MANY_BAD_TOKENS, 'address_bad_tokens')
    return
  }
  session.awaitVerification()
  context.verify!(token).then(
    (claims) => {
      if (session.state !== 'verifying') return
      session.claims = claims
      accept(context, session, packet)
    },
    (cause) => {
      if (session.state !== 'verifying') return
      if (cause instanceof RoarError && cause.retryable) {
        session.refuse(CANNOT_VERIFY)
        return
      }
      spend(session.origins, 'badTokens', 1, context.passedMs())
      session.refuse(BAD_TOKEN)
    },
  )
}

/** Why a request can never succeed: a client must not retry it unchanged. */
function refusalOf(
  { version, clientId, clean, will, authenticationMethod }: ConnectPacket,
  { relay }: Session,
): Goodbye | undefined {
  const never = (reason: number, text: string) => ({ reason, text, code: CLOSE.policy })
  // [MQTT-4.12.0-1] of v5.
  if (authenticationMethod !== undefined) {
    return never(REASON.badAuthenticationMethod, 'No authentication method is offered')
  }
  // [MQTT-3.1.3-8]: without an id a session cannot be resumed. In 5 an id is assigned.
  if (version === 4 && clientId === '' && !clean) {
    return never(REASON.clientIdentifierNotValid, 'An empty client id needs a clean session')
  }
  // A will is a PUBLISH. Accepting it means to publish it [MQTT-3.1.2-8], and viewers may not publish. A Mosquitto bridge has a
  // will below `$SYS`, to which nobody can subscribe here: publishing it means doing nothing.
  if (will === undefined || (relay && will.topic.startsWith('$'))) return undefined
  // [MQTT-3.2.2-12] of v5.
  if (version === 5 && will.qos > 0) return never(REASON.qosNotSupported, 'Viewers may not leave a will')
  return never(REASON.notAuthorized, 'Viewers may not leave a will')
}

/**
 * A session ends with its connection: 5 is told by Session Expiry Interval 0, 3.1.1 by Session Present 0 on reconnect. With QoS 0
 * a session consists only of filters, which every client sends again.
 */
function accept(
  { limits, newClientId }: EdgeContext,
  session: Session,
  { version, clientId, keepAliveS, packetBytesMax, sessionExpiryS }: ConnectPacket,
): void {
  // 3.1.1 has no way to set another keep-alive: the client's own is used.
  const limited = version === 5 && (keepAliveS === 0 || keepAliveS > limits.keepAliveMaxS)
  session.keepAliveMs = (limited ? limits.keepAliveMaxS : keepAliveS) * 1000
  session.sessionExpiryS = sessionExpiryS
  session.outflow.packetBytesMax = packetBytesMax ?? Number.POSITIVE_INFINITY
  const connack = encodeConnack({
    version,
    announce: {
      packetBytesMax: limits.packetBytesMax,
      assignedClientId: version === 5 && clientId === '' ? newClientId() : undefined,
      serverKeepAliveS: limited ? limits.keepAliveMaxS : undefined,
    },
  })
  if (connack.length > session.outflow.packetBytesMax) {
    session.end({ reason: REASON.packetTooLarge, code: CLOSE.tooLarge, text: 'CONNACK does not fit' })
    return
  }
  session.open(connack)
}
