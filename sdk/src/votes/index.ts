export type * from '../../../protocol/polls.ts'
export { type ClientErrorCode, RoarError } from '../error.ts'
export type { Platform } from '../platform.ts'
export type { VoteStorage } from './records.ts'
export type { Fault } from './verify.ts'
export {
  type OwnVote,
  type Verdict,
  type VoteAnswer,
  type VoteEvent,
  type Votes,
  type VotesOptions,
  votes,
} from './votes.ts'
