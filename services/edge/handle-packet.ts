import type { ClientPacket } from '../../protocol/mqtt/decode-client.ts'
import { encodePingresp } from '../../protocol/mqtt/encode-server.ts'
import { MqttError, REASON } from '../../protocol/mqtt/wire.ts'
import type { EdgeContext } from './context.ts'
import { handleConnect } from './handle-connect.ts'
import { handleDisconnect } from './handle-disconnect.ts'
import { handlePublish } from './handle-publish.ts'
import { handleSubscribe, handleUnsubscribe } from './handle-subscribe.ts'
import type { Session } from './session.ts'

const PINGRESP = encodePingresp()

/** Every kind of packet that a client may send, and its handler. Throws `MqttError` for a violation. */
export function handlePacket(context: EdgeContext, session: Session, packet: ClientPacket): void {
  switch (packet.type) {
    case 'connect':
      handleConnect(context, session, packet)
      return
    case 'subscribe':
      handleSubscribe(context, session, packet)
      return
    case 'unsubscribe':
      handleUnsubscribe(context, session, packet)
      return
    case 'publish':
      handlePublish(context, session, packet)
      return
    case 'pingreq':
      // [MQTT-3.12.4-1]
      session.answer(PINGRESP)
      return
    case 'disconnect':
      handleDisconnect(context, session, packet)
      return
    case 'acknowledgement':
      throw new MqttError(REASON.protocolError, 'An acknowledgement that nothing waits for')
    case 'auth':
      // Section 4.12 of v5: CONNECT named no method, so there is none to continue.
      throw new MqttError(REASON.protocolError, 'AUTH without an authentication method')
  }
}
