/** The kinds of places that a ballot comes from, from the smallest: an IPv4 address or IPv6 /64, a /24 or /48, a /16 or /32. */
export const PLACES = ['address', 'network', 'block'] as const
export type PlaceKind = (typeof PLACES)[number]

/** Signs of a script; docs/voting.md explains each, with its maximum in bits. */
export const SIGNS = ['volume', 'regular', 'bursty', 'instant', 'young', 'agreement', 'lonely'] as const
export type SignName = (typeof SIGNS)[number]

/** One sign of a script, with its figure. */
export interface Sign {
  sign: SignName
  bits: number
  /** The value here: ballots for `volume`, the gaps' variation for `regular`, a share from 0 to 1 for all others. */
  here: number
  /** The usual value: elsewhere in the poll, or of independent arrivals. */
  usual: number
}

/** What one process saw of a place with quarantined ballots. Contains no address and no answer. */
export interface Suspect {
  /** The place's name: a keyed hash, for this poll only. */
  cohort: string
  kind: PlaceKind
  /** Ballots that this process accepted from there, and how many of them went to quarantine because of it. */
  ballots: number
  quarantined: number
  /** Those of them beyond what a network may send in a second. */
  beyondLimit: number
  /** From 0 to 1, with the signs that make it up, the strongest first; over everything known of the place. */
  suspicion: number
  signs: Sign[]
  /** Receive times of the first and the newest ballot. */
  from: number
  to: number
}

/** Kinds of places, for people. */
export const PLACE_WORDS: Record<PlaceKind, string> = {
  address: 'one address',
  network: 'one network',
  block: 'a block of networks',
}

const number = (value: number): string => Math.round(value).toLocaleString('en')
const percent = (share: number): string => `${Math.round(100 * share)} %`

const WORDS: Record<SignName, (here: string, usual: string) => string> = {
  volume: (here, usual) => `many votes: ${here}, where large places elsewhere have ${usual}`,
  regular: (here) => `too regular: pauses vary by ${here} of their length, people’s by 100 % or more`,
  bursty: (here, usual) =>
    `in bursts: ${here} came within 20 ms of the vote before, where chance explains ${usual}`,
  instant: (here, usual) => `new tokens: ${here} were less than a second old at the vote, elsewhere ${usual}`,
  young: (here, usual) => `young tokens: ${here} were less than a minute old at the vote, elsewhere ${usual}`,
  agreement: (here, usual) => `one answer: ${here} gave the same, which elsewhere ${usual} gave`,
  lonely: (here) => `out of hours: ${here} came while hardly anybody else voted`,
}

/** Why ballots of a place are in quarantine: a sentence for each sign with its figures, the strongest first. */
export const suspectWords = ({ signs, beyondLimit }: Pick<Suspect, 'signs' | 'beyondLimit'>): string[] => [
  ...signs.map(signWords),
  ...(beyondLimit > 0 ? [`too fast: ${number(beyondLimit)} were more than one network may send`] : []),
]

function signWords({ sign, here, usual }: Sign): string {
  const figure = sign === 'volume' ? number : percent
  return WORDS[sign](figure(here), figure(usual))
}
