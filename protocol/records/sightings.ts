import { codecOf } from './codec.ts'
import { FLAG, type GrammarOf, ID, list, NAME, object, optional, TIME, whole } from './grammar.ts'

/** Ballots in one record: what an ingest accepts in a quarter of a second, and more than it ever did. */
export const SIGHTED_MAX = 8_192

/** What the farm detection needs of one ballot, without its voter: places and the answer are keyed hashes. */
export interface Sighted {
  show: string
  poll: string
  /** Where it came from, from the smallest place to the largest. */
  address: string
  network: string
  block: string
  at: number
  answer: string
  /** The token's age, in milliseconds; absent: the token does not say. */
  ageMs?: number
  guest: boolean
}

/** What one ingest accepted since its last record. */
export interface Sightings {
  /** The writing process, which ignores its own records. */
  producer: string
  ballots: Sighted[]
}

const SIGHTED: GrammarOf<Sighted> = {
  fields: {
    show: ID,
    poll: ID,
    address: NAME,
    network: NAME,
    block: NAME,
    at: TIME,
    answer: NAME,
    ageMs: optional(whole(0)),
    guest: FLAG,
  },
}
export const SIGHTINGS: GrammarOf<Sightings> = {
  fields: {
    producer: NAME,
    ballots: list(object(SIGHTED, { is: 'a sighted ballot', are: 'sighted ballots' }), { max: SIGHTED_MAX }),
  },
}

/** Topic `sightings`: ingests share what they see, so that a farm spread over all of them is seen whole. */
export const sightings = codecOf<Sightings>({ topic: 'sightings', grammar: SIGHTINGS, keyOf: () => null })
