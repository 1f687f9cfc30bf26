import { codecOf } from './codec.ts'
import { FLAG, type GrammarOf, ID, list, NAME, object, optional, TIME, whole } from './grammar.ts'

/** Ballots in one record: what an ingest accepts in a quarter of a second, and more than it ever did. */
export const SIGHTED_MAX = 8_192

/** What speaks for or against one ballot, and nothing of who gave it: places and the answer are keyed hashes. */
export interface Sighted {
  show: string
  poll: string
  /** Where it came from, from the smallest place to the largest. */
  address: string
  network: string
  block: string
  at: number
  answer: string
  /** How old its token was, in milliseconds; absent: the token does not say. */
  ageMs?: number
  guest: boolean
}

/** What one ingest accepted since its last record. */
export interface Sightings {
  /** The process: it leaves out its own. */
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

/** Topic `sightings`: what ingests tell each other, so that a farm that comes to all of them is seen whole. */
export const sightings = codecOf<Sightings>({ topic: 'sightings', grammar: SIGHTINGS, keyOf: () => null })
