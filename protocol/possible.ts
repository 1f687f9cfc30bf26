import { isId, ownOf } from './ids.ts'
import { isObject, isRecordOf } from './json-shapes.ts'
import { plural } from './plural.ts'
import type { CertificateStatement, PollRules } from './polls.ts'
import type { PublicBallot } from './public-ballots.ts'

/** That of `HASH`, whose grammar would be a kilobyte of what a page downloads to check a certificate. */
const HASH_PATTERN = /^[A-Za-z0-9_-]{43}$/
const KINDS: CertificateStatement['kind'][] = ['one', 'several', 'points']

/**
 * Why a certificate contradicts itself, whoever signed it; undefined if it does not. A ballot belongs to one viewer, and a
 * viewer's answer counts once: so there are no more viewers than ballots, and sums add up.
 */
export function impossible(statement: CertificateStatement): string | undefined {
  if (!hasForm(statement)) return 'it does not have the form of a certificate'
  const { ballots, viewers, kind, result, segments, opens, closes, sealed, late, quarantined } = statement
  const whole = [ballots, viewers, opens, closes, sealed, ...Object.values(result)]
  if (!KINDS.includes(kind)) return 'it is of no kind of poll'
  if (![late, quarantined].every(({ counted }) => typeof counted === 'boolean'))
    return 'it does not say whether marked viewers count'
  if (!whole.every((n) => Number.isSafeInteger(n) && n >= 0)) return 'a number is not whole, or below 0'
  if (viewers > ballots) return `it has ${plural(viewers, 'viewer')} but ${plural(ballots, 'ballot')}`
  if (!(opens < closes && closes <= sealed)) return 'it was not opened, closed and sealed in this order'
  for (const { viewers: marked } of [late, quarantined])
    if (!Number.isSafeInteger(marked) || Math.abs(marked) > ballots)
      return 'it has more marked viewers than ballots'
  const parts = [{ viewers, result }, ...Object.values(segments)]
  const badPart = parts.map((part) => impossiblePart(part, kind)).find((fault) => fault !== undefined)
  if (badPart !== undefined) return badPart
  const inSegments = Object.values(segments)
  const sum = (of: (part: CertificateStatement['segments'][string]) => number) =>
    inSegments.reduce((total, part) => total + of(part), 0)
  if (sum((part) => part.viewers) > viewers) return 'its segments have more viewers than all of it'
  const more = Object.keys(result).find(
    (choice) => sum((part) => ownOf(part.result, choice) ?? 0) > result[choice]!,
  )
  return more && `${more} has more in the segments than in all of it`
}

/**
 * The texts that leaves are compared with, and what a result consists of: in a hashed text `final` and `["final"]` look the same,
 * and of no segments there is nothing to add up.
 */
function hasForm({ show, poll, question, paper, rules, root, ...counted }: CertificateStatement): boolean {
  const { result, segments, trail, late, quarantined } = counted as Record<keyof typeof counted, unknown>
  return (
    [show, poll].every(isId) &&
    [paper, rules, root].every((hash) => typeof hash === 'string' && HASH_PATTERN.test(hash)) &&
    typeof question === 'string' &&
    isRecordOf(result, isNumber) &&
    isRecordOf(segments, isPart) &&
    [late, quarantined].every(isObject) &&
    isObject(trail) &&
    isNumber(trail.entries) &&
    typeof trail.hash === 'string'
  )
}

const isNumber = (given: unknown): given is number => typeof given === 'number'

const isPart = (given: unknown): given is CertificateStatement['segments'][string] =>
  isObject(given) && isRecordOf(given.result, isNumber)

/** Each viewer has one choice, or one to several, or at least a point. */
function impossiblePart(
  { viewers, result }: { viewers: number; result: Record<string, number> },
  kind: CertificateStatement['kind'],
): string | undefined {
  const counts = Object.values(result)
  if (![viewers, ...counts].every((n) => Number.isSafeInteger(n) && n >= 0))
    return 'a number is not whole, or below 0'
  const sum = counts.reduce((total, n) => total + n, 0)
  if (kind === 'one' && sum !== viewers)
    return `${plural(viewers, 'viewer')} with one choice each gave ${plural(sum, 'answer')}`
  if (sum < viewers) return `${plural(viewers, 'viewer')} gave ${plural(sum, 'answer')}`
  if (kind === 'several' && counts.some((n) => n > viewers))
    return 'a choice has more answers than there are viewers'
  return undefined
}

/** What a ballot's answer is checked against, besides the kind of its poll. */
export interface Asked extends Pick<PollRules, 'max' | 'change'> {
  choices: ReadonlySet<string>
}

/**
 * Why a published ballot cannot be in the result, whoever signed it; undefined if it can. One with a thousand points, or from after
 * the end, would count as any other.
 * @param asked Of the poll that was voted on. Default: nothing else than the certificate is known of it.
 */
export function impossibleBallot(
  { choice, points, at, late, ordinal }: Pick<PublicBallot, 'choice' | 'points' | 'at' | 'late' | 'ordinal'>,
  { kind, opens, closes, sealed }: CertificateStatement,
  asked?: Asked,
): string | undefined {
  if (at < opens || at >= sealed) return 'came before the poll opened, or after its seal'
  // One that is marked late and came in time is seen by its viewer, whose receipt says both.
  if (at >= closes && !late) return 'came after the end and is not marked late'
  const isKind =
    kind === 'points' || (points.every((n) => n === 1) && (kind !== 'one' || choice.length === 1))
  if (!isKind) return 'is no answer to a poll of this kind'
  if (asked === undefined) return undefined
  const given = kind === 'points' ? points.reduce((sum, n) => sum + n, 0) : choice.length
  if (given > asked.max || !choice.every((id) => asked.choices.has(id))) return 'is no answer to this poll'
  return ordinal > 1 && !asked.change ? 'is a change, and the poll allows none' : undefined
}
