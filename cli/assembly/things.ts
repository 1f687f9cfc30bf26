import type { Log } from '../../adapters/log/log.ts'
import type { MediaStore } from '../../adapters/media/media.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { Store } from '../../adapters/store/store.ts'
import type { Deliver } from '../../services/deliver/deliver.ts'
import type { ShowDirectory } from '../../services/directory/directory.ts'
import type { BodyReader } from '../../services/http/body.ts'
import type { Identity } from '../../services/identity/identity.ts'
import type { Members } from '../../services/identity/member.ts'
import type { VoteOptions } from '../../services/ingest/votes.ts'
import type { People } from '../../services/people/people.ts'
import type { BallotOrder } from '../../services/polls/ballot-order.ts'
import type { PollDesk } from '../../services/polls/desk.ts'
import type { PollHeads } from '../../services/polls/heads.ts'
import type { LogClock } from '../../services/polls/log-clock.ts'
import type { PollKeys } from '../../services/polls/poll-keys.ts'
import type { PollsSeen } from '../../services/polls/polls-seen.ts'
import type { SigningKeys } from '../../services/polls/signing-keys.ts'
import type { RoomDirectory } from '../../services/rooms/room-directory.ts'
import type { HeldQueue } from '../../services/studio/held-queue.ts'
import type { DataFolder } from '../data-folder.ts'
import type { EdgeThing } from './edge-thing.ts'

/** What each part provides to others, by the part's name. `undefined`: it works and provides nothing. */
export interface Things {
  folder: DataFolder
  store: Store
  log: Log
  'log-clock': LogClock
  /** Every show of the store is in the log. */
  announcement: undefined
  directory: ShowDirectory
  bodies: BodyReader
  identity: Identity
  /** Who may call the studio, and the links that make an owner. */
  people: Pick<People, 'ownersLink'> & { members: Members }
  pubsub: PubSub
  /** The PubSub that a bridge reads. */
  upstream: PubSub
  /** The keys that hash a poll's voters, and the keys that sign. */
  keys: { keys: PollKeys; signingKeys: SigningKeys }
  /** The order in which ballots are read. */
  order: BallotOrder
  /** Signs tree heads over the polls' ballots. */
  heads: PollHeads
  desk: PollDesk
  /** What the store knew of polls when it was last written. */
  'polls-seen': PollsSeen
  /** Where the stickers' pictures are kept. */
  media: MediaStore
  votes: VoteOptions & { ready: Promise<void> }
  /** Who is in which room. */
  rooms: RoomDirectory
  /** The posts that wait for a moderator. */
  held: HeldQueue
  ingest: undefined
  sightings: undefined
  'poll-calls': undefined
  aggregate: undefined
  tally: undefined
  deliver: Deliver
  results: undefined
  edge: EdgeThing
  studio: undefined
  webhooks: undefined
  pages: undefined
  'studio-pages': undefined
  timeline: undefined
  bridge: undefined
}
