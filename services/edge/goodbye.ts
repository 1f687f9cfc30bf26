import { CLOSE } from '../../protocol/close-codes.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'

/** Why a connection ends: `reason` for MQTT 5, `code` for WebSocket, `text` for people. */
export interface Goodbye {
  reason: number
  code: number
  /** Ends with `in 2 s` if it says when to retry. */
  text: string
  /** If the process stops: after how many seconds the same address answers again. */
  backInS?: number
  /** Whether another edge takes the viewer; its address is added if one is known. */
  moves?: boolean
  /** The other edge in MQTT 5 form (Server Reference); `text` has it for other clients. */
  reference?: string
}

/** @param backInS After how many seconds the same address answers again. 0: another one takes over at once. */
export const stopping = (backInS: number): Goodbye => ({
  reason: REASON.serverShuttingDown,
  code: CLOSE.goingAway,
  text: `The edge is stopping${backInS > 0 ? `: back in ${backInS} s` : ''}`,
  backInS,
  moves: backInS === 0,
})

/** The connection's token was revoked. */
export const REVOKED: Goodbye = {
  reason: REASON.administrativeAction,
  code: CLOSE.revoked,
  text: 'The token was revoked',
}

/** This edge has more than its share of the viewers. */
export const MOVED: Goodbye = {
  reason: REASON.useAnotherServer,
  code: CLOSE.goingAway,
  text: 'Others have more room',
  moves: true,
}

export const STANDBY: Goodbye = {
  reason: REASON.useAnotherServer,
  code: CLOSE.goingAway,
  text: 'Another process is active, and this one is on standby',
}

/** The goodbye to a relay that is refused, or no longer accepted. */
export const RELAY_GOODBYES: Record<'rootless' | 'circle', Goodbye> = {
  rootless: {
    reason: REASON.useAnotherServer,
    code: CLOSE.goingAway,
    text: 'This edge has no path to a root',
  },
  circle: {
    reason: REASON.useAnotherServer,
    code: CLOSE.goingAway,
    text: 'A loop: this edge receives its packets from the one that connects, or is that edge',
  },
}

/** Why nobody more is accepted, by the name under which it is counted. */
const REFUSALS = {
  draining: { reason: REASON.serverShuttingDown, text: 'The edge is stopping', moves: true },
  overloaded: { reason: REASON.serverBusy, text: 'The edge is full', moves: true },
  // In a rush the others are no better off: viewers sent to the same few addresses would be refused there.
  connects: { reason: REASON.serverBusy, text: 'Too many come at once', moves: false },
  address_connections: {
    reason: REASON.quotaExceeded,
    text: 'Too many connections from this address',
    moves: false,
  },
  address_connects: {
    reason: REASON.connectionRateExceeded,
    text: 'Too many new connections from this address',
    moves: false,
  },
} as const

export type Refusal = keyof typeof REFUSALS

/** Clients that are turned away come back after 1 s to this, so that a crowd does not return at once. */
const RETRY_AFTER_MAX_S = 10

/** @param options.chance From 0 to 1. */
export function refusalOf(
  refusal: Refusal,
  { chance }: { chance: number },
): Goodbye & { retryAfterS: number } {
  const { reason, text, moves } = REFUSALS[refusal]
  const retryAfterS = 1 + Math.floor(chance * RETRY_AFTER_MAX_S)
  return { reason, code: CLOSE.tryAgainLater, text: `${text}: retry in ${retryAfterS} s`, retryAfterS, moves }
}
