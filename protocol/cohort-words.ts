import type { PlaceKind, Sign, SignName, Suspect } from './cohorts.ts'

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
