import { createHash, createPublicKey, verify } from 'node:crypto'

/*
 * The recount: everything a result rests on, read again from where it is kept and counted by code that shares nothing
 * with the live path. It imports nothing of Roar, on purpose: a mistake there must not be able to hide here.
 */

/** A record of the log, as it is kept. */
export interface LogRow {
  partition: number
  offset: number
  key: string | null
  value: Uint8Array
}

/** Where an audit reads. Each call reads anew. */
export interface AuditSource {
  /** The documents of the poll and of its certificate; undefined where there is none. */
  poll(show: string, poll: string): Promise<string | undefined>
  certificate(show: string, poll: string): Promise<string | undefined>
  /** The certificate's leaves in their order: ballots' ids, and their hashes one after the other. */
  leaves(show: string, poll: string): Promise<{ ballots: string[]; hashes: Buffer }[]>
  /** The keys that sign, as JWKs. */
  keys(): Promise<string[]>
  /** The whole of a topic, by partition and then by offset. */
  rows(topic: 'ballots' | 'tallies'): AsyncIterable<LogRow>
  /** Whether ballots that were written together are in the log together, or none of them. */
  wholeBatches: boolean
}

interface Answer {
  choice: string[]
  points: number[]
}

interface BallotRow extends Answer {
  show: string
  poll: string
  producer: string
  sequence: number
  batch: number
  size: number
  ballot: string
  voter: string
  segment: string
  at: number
  late: boolean
  quarantined: boolean
  ordinal: number
  salt: string
}

interface Rules {
  change: boolean
  countLate: boolean
  countQuarantined: boolean
  choices: { choice: string }[]
}

/** What was counted: viewers in all, each choice, each segment. */
export interface Count {
  viewers: number
  result: Record<string, number>
  segments: Record<string, { viewers: number; result: Record<string, number> }>
}

/** Where a ballot stands: by partition, then by offset. */
interface LogPlace {
  partition: number
  offset: number
}

/** One ballot as the log has it now. */
interface Leaf extends LogPlace {
  ballot: string
  hash: Buffer
}

/** Something that is not as it must be. `partition` and `offset` are the place in the log, `position` is the place in the certificate. */
export interface Finding {
  what: 'changed' | 'dropped' | 'added' | 'moved' | 'unreadable' | 'differs'
  detail: string
  ballot?: string
  partition?: number
  offset?: number
  position?: number
}

export interface AuditReport {
  show: string
  poll: string
  sealed: boolean
  /** Ballots in the log. */
  ballots: number
  root: string
  count: Count
  findings: Finding[]
}

const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const text = (bytes: Buffer): string => bytes.toString('base64url')

const placeText = ({ partition, offset }: LogPlace): string => `${partition}:${offset}`

/** Recounts a poll. @throws when something can not be read or the poll is not there */
export async function auditPoll(source: AuditSource, show: string, poll: string): Promise<AuditReport> {
  const document = await source.poll(show, poll)
  if (document === undefined) throw new Error(`there is no poll ${show}/${poll}`)
  const rules = JSON.parse(document) as Rules
  const findings: Finding[] = []
  const ballots = await readBallots(source, show, poll, findings)
  const leaves = ballots.map(leafOf)
  const count = countOf(
    ballots.map(({ row }) => row),
    rules,
  )
  const certificate = await source.certificate(show, poll)
  if (certificate === undefined)
    compareCounts('the live tally', await liveCount(source, show, poll, rules), count, findings)
  else {
    const certified = await readLeaves(source, show, poll)
    compareLeaves(certified, leaves, findings)
    const keys = await source.keys()
    compareCertificate(
      JSON.parse(certificate) as Certificate,
      { keys, leaves, count, store: certified },
      findings,
    )
  }
  return {
    show,
    poll,
    sealed: certificate !== undefined,
    ballots: ballots.length,
    root: text(rootOf(leaves.map(({ hash }) => hash))),
    count,
    findings,
  }
}

/** The poll's ballots in the order of the log, each once, and what is wrong with the rows themselves. */
async function readBallots(source: AuditSource, show: string, poll: string, findings: Finding[]) {
  const ballots: ({ row: BallotRow } & LogPlace)[] = []
  const seen = new Set<string>()
  const batches = new Map<string, { found: number; size: number; place: LogPlace }>()
  const next = new Map<number, number>()
  for await (const { partition, offset, key, value } of source.rows('ballots')) {
    const place = { partition, offset }
    for (let missing = next.get(partition) ?? offset; missing < offset; missing++) {
      const at = { partition, offset: missing }
      findings.push({ what: 'dropped', ...at, detail: `the log has no record at ${placeText(at)}` })
    }
    next.set(partition, offset + 1)
    const row = parseRow(value)
    if (row === undefined) {
      findings.push({
        what: 'unreadable',
        ...place,
        detail: `the record at ${placeText(place)} is no ballot`,
      })
      continue
    }
    const batch = `${row.producer}/${row.batch}`
    const known = batches.get(batch) ?? { found: 0, size: row.size, place }
    batches.set(batch, { ...known, found: known.found + 1 })
    if (row.show !== show || row.poll !== poll) continue
    if (key !== row.voter) {
      findings.push({ what: 'changed', ballot: row.ballot, ...place, detail: 'its key is not its voter' })
    }
    const written = `${row.producer}/${row.sequence}`
    if (seen.has(written)) continue
    seen.add(written)
    ballots.push({ row, ...place })
  }
  if (!source.wholeBatches) return ballots
  for (const { found, size, place } of batches.values()) {
    if (found === size) continue
    findings.push({
      what: 'differs',
      ...place,
      detail: `of the ${size} ballots that were written together from ${placeText(place)} on, ${found} are there`,
    })
  }
  return ballots
}

function parseRow(value: Uint8Array): BallotRow | undefined {
  try {
    const row = JSON.parse(Buffer.from(value).toString('utf8')) as BallotRow
    return typeof row.voter === 'string' && Array.isArray(row.choice) && Array.isArray(row.points)
      ? row
      : undefined
  } catch {
    // Not JSON: the caller reports its place.
    return undefined
  }
}

const answerText = ({ choice, points }: Answer): string =>
  choice.map((id, i) => `${id}=${points[i]}`).join(',')

/** The leaf's text as docs/voting.md has it. */
function leafOf({ row, partition, offset }: { row: BallotRow } & LogPlace): Leaf {
  const commitment = text(
    sha256(`roar-answer-v1\n${row.salt}\n${row.voter}\n${row.segment}\n${answerText(row)}`),
  )
  const lines = [
    'roar-ballot-v1',
    row.show,
    row.poll,
    row.ballot,
    row.ordinal,
    row.at,
    row.late ? 'late' : 'in time',
    partition,
    offset,
    commitment,
  ]
  return { ballot: row.ballot, partition, offset, hash: sha256(Buffer.of(0), lines.join('\n')) }
}

/** RFC 9162 section 2.1.1 as it is written there: split at the largest power of two below n. */
function rootOf(hashes: Buffer[], from = 0, to = hashes.length): Buffer {
  if (from === to) return sha256('')
  if (to - from === 1) return hashes[from]!
  let half = 1
  while (half * 2 < to - from) half *= 2
  return sha256(Buffer.of(1), rootOf(hashes, from, from + half), rootOf(hashes, from + half, to))
}

/** Each voter's answer: the first, or where it may be changed the last; then the sum of them. */
function countOf(ballots: BallotRow[], rules: Rules): Count {
  const answers = new Map<string, { row: BallotRow; ordinal: number }>()
  for (const row of ballots) {
    if ((row.late && !rules.countLate) || (row.quarantined && !rules.countQuarantined)) continue
    const known = answers.get(row.voter)
    if (known === undefined || (rules.change && row.ordinal > known.ordinal)) {
      answers.set(row.voter, { row, ordinal: row.ordinal })
    }
  }
  const count = blank(rules)
  for (const { row } of answers.values()) add(count, row.segment, row, rules)
  return count
}

const blank = (rules: Rules): Count => ({
  viewers: 0,
  result: Object.fromEntries(rules.choices.map(({ choice }) => [choice, 0])),
  segments: {},
})

function add(count: Count, segment: string, { choice, points }: Answer, rules: Rules): void {
  const parts: { viewers: number; result: Record<string, number> }[] = [count]
  if (segment !== '') {
    count.segments[segment] ??= { viewers: 0, result: blank(rules).result }
    parts.push(count.segments[segment])
  }
  for (const part of parts) {
    part.viewers += 1
    for (const [i, id] of choice.entries()) part.result[id] = (part.result[id] ?? 0) + points[i]!
  }
}

/** What the server says now: its newest cells. */
async function liveCount(source: AuditSource, show: string, poll: string, rules: Rules): Promise<Count> {
  const newest = new Map<
    string,
    { segment: string; choice: string; mark: string; count: number; version: number }
  >()
  for await (const { key, value } of source.rows('tallies')) {
    const cell = JSON.parse(Buffer.from(value).toString('utf8'))
    if (cell.show !== show || cell.poll !== poll) continue
    const known = newest.get(key!)
    if (known === undefined || known.version < cell.version) newest.set(key!, cell)
  }
  const count = blank(rules)
  for (const { segment, choice, mark, count: n } of newest.values()) {
    if (mark.includes('late') && !rules.countLate) continue
    if (mark.includes('quarantined') && !rules.countQuarantined) continue
    const parts: { viewers: number; result: Record<string, number> }[] = [count]
    if (segment !== '') {
      count.segments[segment] ??= { viewers: 0, result: blank(rules).result }
      parts.push(count.segments[segment])
    }
    for (const part of parts) {
      if (choice === '') part.viewers += n
      else part.result[choice] = (part.result[choice] ?? 0) + n
    }
  }
  return count
}

interface Certificate {
  statement: Count & { ballots: number; root: string } & Record<string, unknown>
  kid: string
  signature: string
}

/** The leaves as they were at the seal. */
async function readLeaves(
  source: AuditSource,
  show: string,
  poll: string,
): Promise<{ ballot: string; hash: Buffer }[]> {
  return (await source.leaves(show, poll)).flatMap(({ ballots, hashes }) =>
    ballots.map((ballot, i) => ({ ballot, hash: hashes.subarray(32 * i, 32 * (i + 1)) })),
  )
}

/** Names each ballot that is not as it was at the seal. */
function compareLeaves(
  certified: { ballot: string; hash: Buffer }[],
  leaves: Leaf[],
  findings: Finding[],
): void {
  const now = new Map(leaves.map((leaf) => [leaf.ballot, leaf]))
  const then = new Set(certified.map(({ ballot }) => ballot))
  // Places among those that both have: one ballot that is gone does not move the others.
  const order = new Map(leaves.filter(({ ballot }) => then.has(ballot)).map(({ ballot }, i) => [ballot, i]))
  let place = 0
  for (const [position, { ballot, hash }] of certified.entries()) {
    const leaf = now.get(ballot)
    if (leaf === undefined) {
      findings.push({
        what: 'dropped',
        ballot,
        position,
        detail: `ballot ${position} of the certificate is not in the log`,
      })
      continue
    }
    const moved = order.get(ballot) !== place++
    if (leaf.hash.equals(hash)) continue
    const { partition, offset } = leaf
    const at = placeText(leaf)
    findings.push(
      moved
        ? {
            what: 'moved',
            ballot,
            position,
            partition,
            offset,
            detail: `ballot ${position} of the certificate is now at ${at} of the log`,
          }
        : {
            what: 'changed',
            ballot,
            position,
            partition,
            offset,
            detail: `ballot ${position} of the certificate, at ${at} of the log, is not what it was`,
          },
    )
  }
  for (const { ballot, partition, offset } of leaves) {
    if (then.has(ballot)) continue
    const at = placeText({ partition, offset })
    findings.push({
      what: 'added',
      ballot,
      partition,
      offset,
      detail: `the ballot at ${at} of the log is not in the certificate`,
    })
  }
}

function compareCertificate(
  certificate: Certificate,
  { keys, leaves, count, store }: { keys: string[]; leaves: Leaf[]; count: Count; store: { hash: Buffer }[] },
  findings: Finding[],
): void {
  const { statement } = certificate
  const differs = (detail: string) => findings.push({ what: 'differs', detail })
  if (!isSigned(certificate, keys)) differs('the certificate is not signed by a key of this server')
  if (text(rootOf(store.map(({ hash }) => hash))) !== statement.root) {
    differs("the leaves in the store are not those of the certificate's root")
  }
  const root = text(rootOf(leaves.map(({ hash }) => hash)))
  if (root !== statement.root) differs(`the root is ${root}, the certificate says ${statement.root}`)
  if (leaves.length !== statement.ballots) {
    differs(`the log has ${leaves.length} ballots, the certificate says ${statement.ballots}`)
  }
  compareCounts('the certificate', statement, count, findings)
}

function compareCounts(whose: string, said: Count, counted: Count, findings: Finding[]): void {
  const differ = (what: string, a: unknown, b: unknown) => {
    if (a !== b)
      findings.push({ what: 'differs', detail: `${what}: counted ${b ?? 0}, ${whose} says ${a ?? 0}` })
  }
  differ('viewers', said.viewers, counted.viewers)
  for (const id of new Set([...Object.keys(said.result), ...Object.keys(counted.result)])) {
    differ(id, said.result[id] ?? 0, counted.result[id] ?? 0)
  }
  for (const segment of new Set([...Object.keys(said.segments), ...Object.keys(counted.segments)])) {
    const a = said.segments[segment]
    const b = counted.segments[segment]
    differ(`viewers of ${segment}`, a?.viewers ?? 0, b?.viewers ?? 0)
    for (const id of new Set([...Object.keys(a?.result ?? {}), ...Object.keys(b?.result ?? {})])) {
      differ(`${id} of ${segment}`, a?.result[id] ?? 0, b?.result[id] ?? 0)
    }
  }
}

function isSigned({ statement, kid, signature }: Certificate, keys: string[]): boolean {
  const set = keys.map((key) => JSON.parse(key) as { kid: string; kty: string; crv: string; x: string })
  const jwk = set.find((key) => key.kid === kid)
  if (jwk === undefined) return false
  const publicKey = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' })
  return verify(
    null,
    Buffer.from(`roar-certificate-v1\n${sorted(statement)}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  )
}

/** JSON with sorted keys and no spaces (RFC 8785). */
function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  const record = value as Record<string, unknown>
  const members = Object.keys(record).toSorted()
  return `{${members.map((name) => `${JSON.stringify(name)}:${sorted(record[name])}`).join(',')}}`
}
