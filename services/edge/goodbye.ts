import { CLOSE } from '../../protocol/close-codes.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'

/** Why a connection ends: `reason` for MQTT 5, `code` for WebSocket, `text` for people. */
export interface Goodbye {
  reason: number
  code: number
  text: string
}

export const STOPPING: Goodbye = {
  reason: REASON.serverShuttingDown,
  code: CLOSE.goingAway,
  text: 'The edge is stopping',
}

export const STANDBY: Goodbye = {
  reason: REASON.useAnotherServer,
  code: CLOSE.goingAway,
  text: 'Another process works, and this one waits',
}
