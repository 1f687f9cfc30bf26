import { ownOf } from '../../protocol/ids.ts'
import type { PollDocument, Receipt, VoteAnswer } from '../../sdk/src/votes/index.ts'

type Rules = Pick<PollDocument, 'kind' | 'max'>

/** An answer being composed: points by choice; without points to split, 1 for each picked choice. */
export type Draft = Readonly<Record<string, number>>

export const NOTHING: Draft = {}

const given = (draft: Draft): number => Object.values(draft).reduce((sum, n) => sum + n, 0)

/** How many more choices, or points, may be given. */
export const left = ({ max }: Rules, draft: Draft): number => max - given(draft)

/** Picks a choice, or unpicks it. Beyond `max` nothing changes. */
export function pick(rules: Rules, draft: Draft, choice: string): Draft {
  if (rules.kind === 'one') return { [choice]: 1 }
  const { [choice]: _, ...others } = draft
  if (ownOf(draft, choice)) return others
  return left(rules, draft) > 0 ? { ...draft, [choice]: 1 } : draft
}

/** Sets a choice's points, within what is left. */
export function give(rules: Rules, draft: Draft, choice: string, points: number): Draft {
  const { [choice]: _, ...others } = draft
  const now = Math.max(0, (ownOf(draft, choice) ?? 0) + Math.min(points, left(rules, draft)))
  return now === 0 ? others : { ...others, [choice]: now }
}

export const isEmpty = (draft: Draft): boolean => given(draft) === 0

/** In the server's format. */
export function answerOf({ kind }: Rules, draft: Draft): VoteAnswer {
  const choices = Object.keys(draft)
  if (kind === 'one') return { choice: choices[0]! }
  return kind === 'several' ? { choices } : { points: { ...draft } }
}

/** A pending answer, or a receipt's, as a draft again. */
export function draftOf({ choice, choices, points }: VoteAnswer): Draft {
  if (points) return points
  return Object.fromEntries((choices ?? (choice === undefined ? [] : [choice])).map((id) => [id, 1]))
}

export const draftOfReceipt = ({ answer: { choice, points } }: Receipt): Draft =>
  Object.fromEntries(choice.map((id, i) => [id, points[i]!]))
