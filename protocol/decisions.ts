import type { Poll } from './polls.ts'

/** What of a poll decides its result while, or after, votes come in. */
export type ResultRules = Pick<Poll, 'countLate' | 'countQuarantined' | 'answer'>

/** Somebody of the studio, as a decision names them. */
export interface Decider {
  /** The person, whatever session they call by. */
  person: string
  name: string
  /** As the trail has it. */
  who: string
}

/** What one person has asked for and another decides, where a show's results take two people. */
export interface DecisionRequest {
  request: string
  show: string
  /** Empty: it is about the show. */
  poll: string
  /** `seal` the poll, `change` what counts in it, `one-approval`: from then on one person decides in this show. */
  action: 'seal' | 'change' | 'one-approval'
  /** Of `change`. */
  changes?: Partial<ResultRules>
  reason: string
  by: Decider
  at: number
  /** Nobody can approve it from then on. */
  expires: number
  /** The version that the poll had; 0: it is about the show. */
  version: number
  /** The hash of the poll as it was, without what nobody decides: it is for that one alone. Empty: it is about the show. */
  seen: string
  /** Absent: it waits. */
  decided?: { approved: boolean; by: Decider; at: number }
}
