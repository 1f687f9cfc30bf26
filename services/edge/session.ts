import type { MqttVersion } from '../../protocol/mqtt/wire.ts'
import type { Member, TokenClaims } from './context.ts'
import type { Goodbye } from './goodbye.ts'
import type { Origins } from './origins.ts'
import type { Outflow } from './outflow.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Transport } from './transport.ts'

export type SessionState = 'new' | 'verifying' | 'open' | 'closed'

/** One viewer's MQTT session, as the handlers of its packets see it. */
export interface Session extends Member {
  readonly transport: Transport
  readonly origins: Origins
  readonly subscriptions: Subscriptions
  readonly outflow: Outflow
  readonly state: SessionState
  readonly version: MqttVersion
  /** Why its CONNECT will be refused, decided before it came. */
  readonly turnedAway: Goodbye | undefined
  /** Another edge or a bridge: it may hear every show. */
  relay: boolean
  /** It is a relay that says by its client id that it is an edge, or stands for one. */
  isEdge: boolean
  /** What its token says; empty without one. */
  claims: TokenClaims
  /** 0: the client asked not to be watched. */
  keepAliveMs: number
  /** v5: what CONNECT asked for; a session ends with its connection all the same. */
  sessionExpiryS: number
  /** From CONNECT until the token is verified; packets that come meanwhile wait. */
  awaitVerification(): void
  /** Accepts the CONNECT and handles what came early. */
  open(connack: Uint8Array): void
  /** Answers the CONNECT with a refusal, counted under its reason, and closes. */
  refuse(why: Goodbye, countAs?: string): void
  /** Sends an answer. One that does not fit into what the client takes, and a socket that takes no more, end the session. */
  answer(bytes: Uint8Array): void
  /** Charges steps of work before they are done. Returns false when nothing was left, and the session was ended for it. */
  charge(steps: number): boolean
  /** Charges steps of which it was not known before how many they would be. */
  debit(steps: number): void
  /** The peer has said that it goes, or has to. */
  leave(code: number, text: string): void
}
