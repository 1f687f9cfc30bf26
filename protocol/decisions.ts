import type { Poll } from './polls.ts'

/** The rules that decide a poll's result while, or after, votes come in. */
export type ResultRules = Pick<Poll, 'countLate' | 'countQuarantined' | 'answer'>

/** A person of the studio, as decisions name them. */
export interface Decider {
  /** The person, in whatever session. */
  person: string
  name: string
  /** As in the audit trail. */
  who: string
}

/** A request by one person that another one decides, where a show's results take two people. */
export interface DecisionRequest {
  request: string
  show: string
  /** Empty: it is about the show. */
  poll: string
  /** `seal` the poll, `change` what counts in it, `one-approval`: let one person decide in this show from then on. */
  action: 'seal' | 'change' | 'one-approval'
  /** For `change`. */
  changes?: Partial<ResultRules>
  reason: string
  by: Decider
  at: number
  /** From then on it can no longer be approved. */
  expires: number
  /** The poll's version at the request; 0: about the show. */
  version: number
  /**
   * The hash of the poll at the request, without fields that nobody decides: only that state can be approved. Empty: about the
   * show.
   */
  seen: string
  /** Absent: undecided. */
  decided?: { approved: boolean; by: Decider; at: number }
}
