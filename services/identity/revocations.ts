import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { RevokedMarks } from '../../engine/revoked-marks.ts'
import { type Revoked, revokedText } from '../../protocol/revoked.ts'
import { EXPIRES_S_MAX, type Viewer } from './claims.ts'

/** A longer list is refused: unlimited growth is a mistake, and every process holds the list. */
const LISTED_MAX = 100_000

const text = v.pipe(
  v.string('is not a text'),
  v.nonEmpty('is empty'),
  v.maxLength(256, 'is longer than 256 characters'),
)
const exp = v.pipe(
  v.number('is not a number'),
  v.minValue(0, 'is less than 0'),
  v.maxValue(EXPIRES_S_MAX, 'is in milliseconds: exp is in seconds, as in a token'),
  v.metadata({ format: 'double' }),
)
/** One token by its `jti`, or all tokens of a `sub` (of an `iss`). `exp` as in a token: from then on the entry is void. */
export const Revocation = v.union([
  v.strictObject({ jti: text, exp }),
  v.strictObject({ sub: text, iss: v.optional(text), exp }),
])
export type Revocation = v.InferOutput<typeof Revocation>

/**
 * The entries of a list, one JSON object a line; of a long one those that are in effect at `nowMs`. Otherwise the others stay, too: a
 * clock that is ahead says of any that it is void. @throws Error that names the line
 */
export function revocationsIn(list: string, nowMs: number): Revocation[] {
  const entries = list.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const entry = v.safeParse(Revocation, parsed(line))
    if (!entry.success)
      throw new Error(
        `line ${index + 1} is not like {"jti":"…","exp":1795000000} or {"sub":"…","exp":1795000000}`,
      )
    return [entry.output]
  })
  if (entries.length <= LISTED_MAX) return entries
  const live = entries.filter(({ exp }) => exp * 1000 > nowMs)
  if (live.length > LISTED_MAX) throw new Error(`it has more than ${LISTED_MAX} entries`)
  return live
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const keyOf = (entry: Revocation): string =>
  'jti' in entry ? `jti ${entry.jti}` : `sub ${viewerKeyOf(entry)}`

const hashed = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, MARK_LENGTH)
const MARK_LENGTH = 22

/** The key of `Viewer` for a token of this `sub` and `iss`. */
const viewerKeyOf = ({ sub, iss }: { sub: string; iss?: string | undefined }): string =>
  iss === undefined ? sub : `${iss}\0${sub}`

/** The mark under which a revocation is published. */
export const markOf = (entry: Revocation): string =>
  hashed(revokedText('jti' in entry ? { jti: entry.jti } : { key: viewerKeyOf(entry) }))

type Holder = Pick<Viewer, 'tokenId' | 'key'>

const marksOf = ({ tokenId, key }: Holder): string[] =>
  [{ key }, ...(tokenId === undefined ? [] : [{ jti: tokenId }])].map((holder) => hashed(revokedText(holder)))

/** Revoked tokens: those of a list, and those received one by one. */
export class Revocations {
  readonly #untilMs = new Map<string, number>()
  readonly #heard = new RevokedMarks()
  readonly #listeners = new Set<() => void>()
  /** Computed marks of a token's holder, for as long as somebody holds it: each tap and each check asks again. */
  readonly #marks = new WeakMap<Holder, string[]>()

  /** Replaces all entries of the list, and notifies listeners. */
  replace(entries: readonly Revocation[]): void {
    this.#untilMs.clear()
    for (const entry of entries) {
      const key = keyOf(entry)
      this.#untilMs.set(key, Math.max(entry.exp * 1000, this.#untilMs.get(key) ?? 0))
    }
    this.#tell()
  }

  /** Adds one until it expires, and notifies listeners if it is new. */
  hear(revoked: Revoked, nowMs: number): void {
    if (this.#heard.take(revoked, nowMs)) this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Calls back after each change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  covers(holder: Holder, nowMs: number): boolean {
    if (this.#untilMs.size > 0 && this.#isListed(holder, nowMs)) return true
    if (this.#heard.isEmpty) return false
    let marks = this.#marks.get(holder)
    if (marks === undefined) {
      marks = marksOf(holder)
      this.#marks.set(holder, marks)
    }
    return marks.some((mark) => this.#heard.covers(mark, nowMs))
  }

  #isListed({ tokenId, key }: Holder, nowMs: number): boolean {
    const isNow = (name: string) => (this.#untilMs.get(name) ?? 0) > nowMs
    return (tokenId !== undefined && isNow(`jti ${tokenId}`)) || isNow(`sub ${key}`)
  }
}
