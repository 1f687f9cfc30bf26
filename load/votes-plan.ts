import type { Random } from './random.ts'

/**
 * `once`; `twice`: the same answer again once the first was answered; `cut`: the connection is broken before the answer
 * is read, as a timeout looks to the server, and the viewer asks again.
 */
export type VoterKind = 'once' | 'twice' | 'cut'

export interface Voter {
  viewer: string
  choice: string
  kind: VoterKind
  /** How long after sending the connection is broken. */
  cutMs: number
}

/** A broken connection comes somewhere between the request and the answer; a commit takes milliseconds. */
const CUT_MS_MAX = 6

/** Voters one after another, the same for the same numbers of `random`: names never used before, a choice, a kind. */
export function voterPlan({
  run,
  choices,
  twiceShare,
  cutShare,
  random,
}: {
  /** Part of every viewer's name, so that no two runs share one. */
  run: string
  choices: string[]
  twiceShare: number
  cutShare: number
  random: Random
}): () => Voter {
  let number = 0
  return () => {
    // Squared: the first choice wins, so that counts that were swapped do not look alike.
    const choice = choices[Math.floor(random() ** 2 * choices.length)]!
    const roll = random()
    const kind = roll < twiceShare ? 'twice' : roll < twiceShare + cutShare ? 'cut' : 'once'
    return { viewer: `${run}-${number++}`, choice, kind, cutMs: random() * CUT_MS_MAX }
  }
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const HEADER = part({ alg: 'HS256', typ: 'JWT' })

/** Signs tokens (HS256) by hand: a library would cost this tool more than the server pays for checking them. */
export const tokenSigner =
  (secret: Uint8Array) =>
  (claims: { sub: string; exp: number; role?: 'producer'; name?: string; segment?: string }): string => {
    const input = `${HEADER}.${part(claims)}`
    return `${input}.${new Bun.CryptoHasher('sha256', secret).update(input).digest('base64url')}`
  }
