import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import type { CallContext } from '../http/call/spec.ts'
import type { BallotBox } from '../ingest/ballot-box.ts'
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
  box: BallotBox
  keys: PollKeys
  signingKeys: SigningKeys
  proofs: Proofs
  heads: PollHeads
  clock: Clock
}
