import { createPublicKey, verify } from 'node:crypto'
import { isObject, objectIn, sorted } from './canonical.ts'
import type { CertifiedLeaves } from './certified-leaves.ts'
import { type Count, compareCounts, published } from './count.ts'
import type { Findings } from './findings.ts'
import { paperOf, type Rules, rulesOf } from './rules.ts'

interface Marked {
  viewers: number
  counted: boolean
}

export interface Certificate {
  statement: Count & {
    ballots: number
    root: string
    paper: string
    late: Marked
    quarantined: Marked
    trail?: { entries: number; hash: string }
  } & Record<string, unknown>
  kid: string
  signature: string
}

/** Parses a certificate as far as it is compared; undefined if the text is none. */
export function certificateIn(document: string): Certificate | undefined {
  const certificate = objectIn(document)
  const { statement, signature } = certificate ?? {}
  if (!isObject(statement) || typeof signature !== 'string') return undefined
  const { result, segments, late, quarantined, trail } = statement
  const isWhole =
    [result, segments, late, quarantined].every(isObject) && (trail === undefined || isObject(trail))
  return isWhole ? (certificate as unknown as Certificate) : undefined
}

export function compareCertificate(
  certificate: Certificate,
  {
    keys,
    rules,
    recounted: { root, ballots, count, late, quarantined },
    store,
  }: {
    keys: string[]
    rules: Rules
    recounted: { root: string; ballots: number; count: Count; late: number; quarantined: number }
    store: CertifiedLeaves
  },
  findings: Findings,
): void {
  const { statement } = certificate
  const differs = (detail: string) => findings.push({ what: 'differs', detail })
  if (!isSigned(certificate, keys))
    differs('the certificate is not signed by a key of this server, of its time')
  if (store.root() !== statement.root) {
    differs("the leaves in the store are not those of the certificate's root")
  }
  if (root !== statement.root) differs(`the root is ${root}, the certificate says ${statement.root}`)
  if (ballots !== statement.ballots) {
    differs(`the log has ${ballots} ballots, the certificate says ${statement.ballots}`)
  }
  const said: [string, unknown, unknown][] = [
    ...(['kind', 'question', 'opens', 'closes', 'sealed'] as const).map(
      (rule): [string, unknown, unknown] => [rule, rules[rule], statement[rule]],
    ),
    ['the question and what answers it', paperOf(rules), statement.paper],
    ['the rules', rulesOf(rules), statement.rules],
    ['late viewers', late, statement.late.viewers],
    ['late counted', rules.countLate, statement.late.counted],
    ['quarantined viewers', quarantined, statement.quarantined.viewers],
    ['quarantined counted', rules.countQuarantined, statement.quarantined.counted],
  ]
  for (const [what, is, says] of said)
    if (is !== says) differs(`${what}: it is ${is}, the certificate says ${says}`)
  compareCounts('the certificate', statement, { ...count, segments: published(count) }, findings)
}

interface AuditKey {
  kid: string
  kty: string
  crv: string
  x: string
  from: number
  revoked?: number
}

const isKey = (key: Partial<AuditKey>): key is AuditKey =>
  [key.kid, key.kty, key.crv, key.x].every((text) => typeof text === 'string') && typeof key.from === 'number'

/** Signatures of one sealing are no further apart. */
const TOGETHER_MS = 10_000

function isSigned({ statement, kid, signature }: Certificate, keys: string[]): boolean {
  const set = keys.map((key) => (objectIn(key) ?? {}) as Partial<AuditKey>).filter(isKey)
  const jwk = set.find((key) => key.kid === kid)
  if (jwk === undefined) return false
  // Each signature is judged by the key's validity: a key that was succeeded or revoked signs nothing after that.
  const sealed = Number(statement.sealed)
  const next = Math.min(...set.map(({ from }) => from).filter((from) => from > jwk.from))
  if (sealed < jwk.from || sealed >= Math.min(next + TOGETHER_MS, jwk.revoked ?? Infinity)) return false
  try {
    const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' })
    const signed = Buffer.from(`roar-certificate-v2\n${sorted(statement)}`)
    return verify(null, signed, key, Buffer.from(signature, 'base64url'))
  } catch {
    // It is no key, so it signed nothing.
    return false
  }
}
