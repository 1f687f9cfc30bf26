/** The kinds of places that a ballot comes from, from the smallest: an IPv4 address or IPv6 /64, a /24 or /48, a /16 or /32. */
export const PLACES = ['address', 'network', 'block'] as const
export type PlaceKind = (typeof PLACES)[number]

/** What may speak for a script; docs/voting.md says what each is and how many bits it has at most. */
export const SIGNS = ['volume', 'regular', 'bursty', 'instant', 'young', 'agreement', 'lonely'] as const
export type SignName = (typeof SIGNS)[number]

/** One thing that speaks for a script, with the figure that says it. */
export interface Sign {
  sign: SignName
  bits: number
  /** What is so here: ballots of `volume`, the variation of the gaps of `regular`, a share from 0 to 1 of all others. */
  here: number
  /** The same of what is usual: elsewhere in the poll, or where each comes for itself. */
  usual: number
}

/** What one process saw of a place from which ballots went to quarantine. Nothing of it is an address, or an answer. */
export interface Suspect {
  /** What the place is called: a keyed hash, of this poll alone. */
  cohort: string
  kind: PlaceKind
  /** Ballots that this process took from there, and those of them that went to quarantine for its sake. */
  ballots: number
  quarantined: number
  /** Those of them that were more than a network may send in a second. */
  beyondLimit: number
  /** From 0 to 1, and what adds up to it, by all that is known of the place, the strongest first. */
  suspicion: number
  signs: Sign[]
  /** When the first and the newest ballot came. */
  from: number
  to: number
}
