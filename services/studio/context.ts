import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { Store } from '../../adapters/store/store.ts'
import type { Certificate, Poll } from '../../protocol/polls.ts'
import type { Show } from '../../protocol/show.ts'
import type { CallContext } from '../http/call/spec.ts'
import type { Shelf } from '../media/shelf.ts'
import type { PollDesk } from '../polls/desk.ts'
import type { PollKeys } from '../polls/poll-keys.ts'
import type { PartState } from '../supervision/supervisor.ts'
import type { Control } from './control.ts'
import type { HeldQueue } from './held-queue.ts'
import type { PollChange } from './poll-changes.ts'
import type { Rehearsals } from './rehearsals.ts'
import type { ShowChange } from './show-changes.ts'

/** What producers' calls share. */
export interface StudioContext extends CallContext {
  store: Store
  control: Control
  keys: Pick<PollKeys, 'make' | 'forget'>
  clock: Clock
  /** The states of this process's parts. */
  states: () => Record<string, PartState>
  desk: PollDesk
  /** Where posts are searched. */
  log: Pick<Log, 'read' | 'ends'>
  held: HeldQueue
  /** The pictures of packs. */
  shelf: Shelf
  rehearsals: Rehearsals
  change: (change: PollChange) => Promise<Poll>
  changeShow: (change: ShowChange) => Promise<Show>
  /** Makes a new signing key, valid from now on or a little later, with an audit entry. Returns its id. */
  rotateKey: (who: string) => Promise<string>
  /** Revokes a key, with an audit entry. Returns the time of revocation, undefined for an unknown key. */
  revokeKey: (kid: string, who: string) => Promise<number | undefined>
  /** Makes the certificate of a poll that is about to be sealed. */
  certify: (poll: Poll) => Promise<Certificate>
}
