import type { NextStep } from '../../protocol/close-codes.ts'
import type { RoarError } from './error.ts'

/** Why a transport ended, where no answer of the server says it. */
export type LossCode = 'lost' | 'silent' | 'stopping'

/** Why a transport ended, as far as the next try depends on it. */
export interface Loss {
  next: NextStep
  code: LossCode | RoarError['code']
  retryAfterMs?: number | undefined
  /** The address that the server said to go to. */
  to?: string | undefined
}

/** What an open transport reports. Calls after it was closed from this side, or after `lost`, are nobody's business. */
export interface LinkEvents {
  opened(): void
  /** `name` is the topic without `roar/{show}/`. */
  packet(name: string, packet: unknown): void
  lost(loss: Loss): void
}

/** A payload as JSON; `undefined` for one that is empty, not UTF-8 or not JSON: on a broker of others, not ours to judge. */
export function parsePacket(json: () => string): unknown {
  try {
    return JSON.parse(json())
  } catch {
    // Every packet is whole state, so the next good one makes up for it.
    return undefined
  }
}

/** A refusal that asking again would not change ends this transport for good; a proxy's page, a cut line or a limit does not. */
export const lossBy = ({ code, retryable, retryAfterMs }: RoarError): Loss => ({
  next: retryable ? 'reconnect' : 'give-up',
  code,
  retryAfterMs,
})
