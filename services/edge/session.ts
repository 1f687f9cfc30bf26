import type { MqttVersion } from '../../protocol/mqtt/wire.ts'
import type { Member, TokenClaims } from './context.ts'
import type { Goodbye } from './goodbye.ts'
import type { Origins } from './origins.ts'
import type { Outflow } from './outflow.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Transport } from './transport.ts'

export type SessionState = 'new' | 'verifying' | 'open' | 'closed'

/** One viewer's MQTT session, as packet handlers see it. */
export interface Session extends Member {
  readonly transport: Transport
  readonly origins: Origins
  readonly subscriptions: Subscriptions
  readonly outflow: Outflow
  readonly state: SessionState
  readonly version: MqttVersion
  /** Why its CONNECT will be refused, if that was decided before it came. */
  readonly turnedAway: Goodbye | undefined
  /** Another edge or a bridge: it may subscribe to every show. */
  relay: boolean
  /** A relay whose client id identifies it as an edge, or as acting for one. */
  isEdge: boolean
  /** Its token's claims; empty without one. */
  claims: TokenClaims
  /** 0: the client asked not to be monitored. */
  keepAliveMs: number
  /** v5: CONNECT's request; a session ends with its connection anyway. */
  sessionExpiryS: number
  /** From CONNECT until the token is verified; packets meanwhile wait. */
  awaitVerification(): void
  /** Accepts the CONNECT and handles the packets that waited. */
  open(connack: Uint8Array): void
  /** Answers the CONNECT with a refusal, counted by its reason, and closes. */
  refuse(why: Goodbye, countAs?: string): void
  /** Sends an acknowledgement. If it exceeds what the client accepts, or the socket is full, the session ends. */
  answer(bytes: Uint8Array): void
  /** Charges work before it is done. Returns false if nothing was left, and the session was ended for that. */
  charge(steps: number): boolean
  /** Charges work whose amount was not known in advance. */
  debit(steps: number): void
  /** The peer has announced that it leaves, or must leave. */
  leave(code: number, text: string): void
}
