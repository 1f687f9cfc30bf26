import { sorted } from './canonical.ts'
import { sha256Text } from './tree.ts'

/** A poll as stored. */
export interface Rules {
  show: string
  poll: string
  kind: 'one' | 'several' | 'points'
  question: string
  max: number
  change: boolean
  opens?: number
  closes?: number
  graceMs: number
  reveals?: number
  revealed?: number
  sealed?: number
  countLate: boolean
  countQuarantined: boolean
  choices: { choice: string }[]
  voters?: string
  publish?: boolean
  version: number
  sealing?: number
  forgotten?: number
  reached?: string
  code?: string
}

/** The hash of what a viewer votes on. */
export function paperOf({
  show,
  poll,
  question,
  choices,
  kind,
  max,
  change,
  voters,
  publish,
}: Rules): string {
  const paper = { show, poll, question, choices, kind, max, change, voters, publish }
  return sha256Text(`roar-paper-v1\n${sorted(paper)}`)
}

/** The hash of everything the producer decided: the poll without its results and progress. */
export function rulesOf({
  show: _,
  poll: __,
  version: ___,
  revealed: ____,
  sealing,
  sealed,
  forgotten,
  reached,
  code,
  ...rules
}: Rules) {
  return sha256Text(`roar-rules-v1\n${sorted(rules)}`)
}
