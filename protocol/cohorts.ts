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

/** What a place is, for people. */
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

/** Why ballots of a place are in quarantine, one sentence a sign with its figures, the strongest first. */
export const suspectWords = ({ signs, beyondLimit }: Pick<Suspect, 'signs' | 'beyondLimit'>): string[] => [
  ...signs.map(signWords),
  ...(beyondLimit > 0 ? [`too fast: ${number(beyondLimit)} were more than one network may send`] : []),
]

function signWords({ sign, here, usual }: Sign): string {
  const figure = sign === 'volume' ? number : percent
  return WORDS[sign](figure(here), figure(usual))
}
