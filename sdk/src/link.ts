import type { NextStep } from '../../protocol/close-codes.ts'
import type { RoarError } from './error.ts'

/** Why a transport ended, if not by an answer of the server. */
export type LossCode = 'lost' | 'silent' | 'stopping'

/** Why a transport ended, as far as it affects the next try. */
export interface Loss {
  next: NextStep
  code: LossCode | RoarError['code']
  retryAfterMs?: number | undefined
  /** The address that the server redirected to. */
  to?: string | undefined
}

/** Events of an open transport. Calls after it was closed from this side, or after `lost`, are ignored. */
export interface LinkEvents {
  opened(): void
  /** `name` is the topic without `roar/{show}/`. */
  packet(name: string, packet: unknown): void
  lost(loss: Loss): void
}

/** Parses a payload; `undefined` if it is empty, not UTF-8 or not JSON: a shared broker may carry foreign ones. */
export function parsePacket(json: () => string): unknown {
  try {
    return JSON.parse(json())
  } catch {
    // Every packet is full state, so the next valid one makes up for it.
    return undefined
  }
}

/** A permanent refusal ends this transport for good; a proxy's page, a cut line or a limit does not. */
export const lossBy = ({ code, retryable, retryAfterMs }: RoarError): Loss => ({
  next: retryable ? 'reconnect' : 'give-up',
  code,
  retryAfterMs,
})
