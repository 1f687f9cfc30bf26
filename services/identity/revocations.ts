import * as v from 'valibot'
import type { Viewer } from './claims.ts'

/** More make the list unusable: one that grows without an end is a mistake, and every process holds it. */
const REVOKED_MAX = 100_000

const text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(256))
const exp = v.pipe(v.number(), v.finite())
/** One token by its `jti`, or all tokens of a `sub` (of an `iss`). `exp`, as in a token: from then on the entry says nothing. */
const Revocation = v.union([
  v.strictObject({ jti: text, exp }),
  v.strictObject({ sub: text, iss: v.optional(text), exp }),
])
export type Revocation = v.InferOutput<typeof Revocation>

/** The entries of a list that say something at `nowMs`, one JSON object a line. @throws Error that names the line */
export function revocationsIn(list: string, nowMs: number): Revocation[] {
  const entries = list.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const entry = v.safeParse(Revocation, parsed(line))
    if (!entry.success)
      throw new Error(
        `line ${index + 1} is not like {"jti":"…","exp":1795000000} or {"sub":"…","exp":1795000000}`,
      )
    return entry.output.exp * 1000 > nowMs ? [entry.output] : []
  })
  if (entries.length > REVOKED_MAX) throw new Error(`it has more than ${REVOKED_MAX} entries`)
  return entries
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const keyOf = (entry: Revocation): string =>
  'jti' in entry
    ? `jti ${entry.jti}`
    : entry.iss === undefined
      ? `sub ${entry.sub}`
      : `sub ${entry.iss}\0${entry.sub}`

/** Tokens that are no longer good although they have not expired. */
export class Revocations {
  readonly #untilMs = new Map<string, number>()
  readonly #listeners = new Set<() => void>()

  /** Takes the place of all entries, and tells those who listen. */
  replace(entries: readonly Revocation[]): void {
    this.#untilMs.clear()
    for (const entry of entries) {
      const key = keyOf(entry)
      this.#untilMs.set(key, Math.max(entry.exp * 1000, this.#untilMs.get(key) ?? 0))
    }
    for (const listener of this.#listeners) listener()
  }

  /** Calls back after each change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  covers({ tokenId, key }: Pick<Viewer, 'tokenId' | 'key'>, nowMs: number): boolean {
    if (this.#untilMs.size === 0) return false
    const isNow = (name: string) => (this.#untilMs.get(name) ?? 0) > nowMs
    return (tokenId !== undefined && isNow(`jti ${tokenId}`)) || isNow(`sub ${key}`)
  }
}
