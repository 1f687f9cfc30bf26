import type { ClientPacket } from '../../protocol/mqtt/decode-client.ts'
import { MqttError, REASON } from '../../protocol/mqtt/wire.ts'
import type { EdgeContext } from './context.ts'
import type { Session } from './session.ts'

/** Section 3.14.4: after DISCONNECT the client closes; the server does if the client does not. */
export function handleDisconnect(
  _context: EdgeContext,
  session: Session,
  { sessionExpiryS = 0 }: Extract<ClientPacket, { type: 'disconnect' }>,
): void {
  // Section 3.14.2.2.2 of v5.
  if (session.sessionExpiryS === 0 && sessionExpiryS > 0) {
    throw new MqttError(REASON.protocolError, 'A session that was to end with its connection cannot be kept')
  }
  session.leave(1000, '')
}
