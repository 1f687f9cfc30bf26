import type { Random } from './random.ts'

/**
 * `once`; `twice`: the same answer again after the first was answered; `cut`: the connection is broken before the answer is read,
 * like a timeout from the server's view, and the viewer retries.
 */
export type VoterKind = 'once' | 'twice' | 'cut'

export interface Voter {
  viewer: string
  choice: string
  kind: VoterKind
  /** How long after sending to break the connection. */
  cutMs: number
}

/** A broken connection falls between the request and the answer; a commit takes milliseconds. */
const CUT_MS_MAX = 6

/** Generates voters: a name never used before, a choice, a kind; deterministic for a given `random`. */
export function voterPlan({
  run,
  choices,
  twiceShare,
  cutShare,
  random,
}: {
  /** Part of every viewer's name, so that runs share none. */
  run: string
  choices: string[]
  twiceShare: number
  cutShare: number
  random: Random
}): () => Voter {
  let number = 0
  return () => {
    // Squared, so that the first choice wins and swapped counts are noticed.
    const choice = choices[Math.floor(random() ** 2 * choices.length)]!
    const roll = random()
    const kind = roll < twiceShare ? 'twice' : roll < twiceShare + cutShare ? 'cut' : 'once'
    return { viewer: `${run}-${number++}`, choice, kind, cutMs: random() * CUT_MS_MAX }
  }
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const HEADER = part({ alg: 'HS256', typ: 'JWT' })

/** Signs tokens (HS256) by hand: with a library, signing would cost this tool more than verifying costs the server. */
export const tokenSigner =
  (secret: Uint8Array) =>
  (claims: { sub: string; exp: number; role?: 'producer'; name?: string; segment?: string }): string => {
    const input = `${HEADER}.${part(claims)}`
    return `${input}.${new Bun.CryptoHasher('sha256', secret).update(input).digest('base64url')}`
  }
