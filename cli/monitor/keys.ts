import { isKeySet, type JwkSet, type SigningJwk } from '../../services/polls/signing-keys.ts'
import { ask } from './ask.ts'

/** How late an observer may learn of a key: a cache keeps the set for a minute, and clocks differ. */
export const KEYS_LAG_MS = 90_000

/** A server's key set. @throws as `ask`, and where the answer is none */
export async function askKeys(server: string): Promise<JwkSet> {
  const set = await ask<JwkSet>(`${server}/v1/keys`, 'keys')
  if (!isKeySet(set)) throw new Error(`what ${server}/v1/keys answers is not a key set`)
  return set
}

const TIMES = ['from', 'to', 'revoked'] as const
/** What a key's id is the hash of (RFC 7638): under it no verifier takes another key. */
const OWN = ['crv', 'kty', 'x'] as const

/**
 * What a server says otherwise of its keys than before, about a time that had passed when they were seen last; undefined: nothing.
 * A key that is withdrawn, or revoked from a time before anybody heard of it, takes receipts from those who hold them; one that
 * begins in the past signs a past that nobody saw.
 */
export function keysFault(before: JwkSet, { keys }: JwkSet, seenMs: number): string | undefined {
  const settled = (atMs: number | undefined) =>
    atMs !== undefined && atMs < seenMs - KEYS_LAG_MS ? atMs : undefined
  for (const old of before.keys) {
    const [key, twice] = keys.filter(({ kid }) => kid === old.kid)
    if (key === undefined || OWN.some((part) => key[part] !== old[part]))
      return `the key ${old.kid} is gone, and what it signed is verified by no other`
    if (twice !== undefined) return `the key ${old.kid} is there twice: which of the two says when it ends?`
    const time = TIMES.find((name) => settled(key[name]) !== settled(old[name]))
    if (time !== undefined) return `the key ${old.kid} had ${said(old, time)}, and now has ${said(key, time)}`
  }
  const added = keys.find(
    (key) => settled(key.from) !== undefined && !before.keys.some(({ kid }) => kid === key.kid),
  )
  return added && `the key ${added.kid} is new, and begins in the past: ${said(added, 'from')}`
}

const said = (key: SigningJwk, time: (typeof TIMES)[number]): string => `${time} ${key[time] ?? 'unset'}`
