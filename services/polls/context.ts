import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import type { Receipt } from '../../protocol/polls.ts'
import type { CallContext } from '../http/call/spec.ts'
import type { BallotOrder } from './ballot-order.ts'
import type { PollDesk } from './desk.ts'
import type { PollHeads } from './heads.ts'
import type { PollKeys } from './poll-keys.ts'
import type { Proofs } from './proofs.ts'
import type { SigningKeys } from './signing-keys.ts'

/** What viewers' calls about polls share. */
export interface PollsContext extends CallContext {
  store: PollStore
  log: Log
  order: BallotOrder
  desk: PollDesk
  /** Finds a voter's newest ballot. */
  box: { newest(show: string, poll: string, voter: string): Promise<{ receipt(): Receipt } | undefined> }
  keys: PollKeys
  signingKeys: SigningKeys
  proofs: Proofs
  heads: PollHeads
  clock: Clock
}
