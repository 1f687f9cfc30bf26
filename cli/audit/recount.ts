import { createPublicKey, verify } from 'node:crypto'
import { CertifiedLeaves, type LogPlace, placeText } from './certified-leaves.ts'
import { type Finding, Findings } from './findings.ts'
import { type Answer, type BallotRow, ballotIn, type CellRow, cellIn } from './rows.ts'
import { sha256, Tree } from './tree.ts'
import { Voters } from './voters.ts'

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
  /** When the log took it, milliseconds since 1970, by its own clock; absent: it does not say. */
  timestampMs?: number
}

/** Where an audit reads. Each call reads anew. */
export interface AuditSource {
  /** The documents of the poll and of its certificate; undefined where there is none. */
  poll(show: string, poll: string): Promise<string | undefined>
  certificate(show: string, poll: string): Promise<string | undefined>
  /** The certificate's leaves in their order, some at once: ballots' ids, and their hashes one after the other. */
  leaves(show: string, poll: string): AsyncIterable<{ ballots: string[]; hashes: Buffer }>
  /** The show's audit trail, oldest first, an entry a document. */
  trail(show: string): AsyncIterable<string>
  /** The keys that sign, as JWKs. */
  keys(): Promise<string[]>
  /** The whole of a topic by partition and then by offset, ballots of several partitions in the order of the tree. */
  rows(topic: 'ballots' | 'tallies'): AsyncIterable<LogRow>
  /**
   * One process wrote it all: ballots that were written together are in the log together, or none of them, and a cell's
   * version says how many records of the log were counted.
   */
  embedded: boolean
}

/** A poll as the store has it. */
interface Rules {
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

/** What was counted: viewers in all, each choice, each segment. */
export interface Count {
  viewers: number
  result: Record<string, number>
  segments: Record<string, { viewers: number; result: Record<string, number> }>
}

export interface AuditReport {
  show: string
  poll: string
  sealed: boolean
  /** Whether the sums are those of the live tally, or sums, root and every ballot those of the certificate. */
  agrees: boolean
  /** Ballots in the log, and how many of them came after the live tally that they are compared with. */
  ballots: number
  waiting: number
  root: string
  count: Count
  /** Voters all of whose ballots are late, and in quarantine. */
  marks: { late: number; quarantined: number }
  findings: Finding[]
  /** How many more there are than are named. */
  more: number
}

const text = (bytes: Buffer): string => bytes.toString('base64url')

/** A ballot that is not in the live tally after so long is in none. */
const COUNTED_WITHIN_MS = 10_000

/** Ballots after which what they left is collected, in milliseconds: by itself that waits for as much again as is kept. */
const COLLECT_EVERY = 2 ** 16

/**
 * Recounts a poll. Nothing is kept of a ballot but its voter and which answer it was, some 40 bytes in all, so that millions fit.
 * @param published The certificate as somebody kept it: it counts, and not what the store has now.
 * @throws when something cannot be read or the poll is not there
 */
export async function auditPoll(
  source: AuditSource,
  show: string,
  poll: string,
  published?: string,
): Promise<AuditReport> {
  const document = await source.poll(show, poll)
  if (document === undefined) throw new Error(`there is no poll ${show}/${poll}`)
  const rules = JSON.parse(document) as Rules
  const findings = new Findings()
  const stored = await source.certificate(show, poll)
  const certificate = published ?? stored
  if (published !== undefined && (stored === undefined || !isSame(stored, published)))
    findings.push({ what: 'differs', detail: 'the store has not the certificate that was published' })
  if (rules.sealed !== undefined && certificate === undefined)
    findings.push({ what: 'differs', detail: 'the poll is sealed, and its certificate is gone' })

  // The tally before the ballots: what is counted is in the log.
  const live = certificate === undefined ? await liveCount(source, show, poll, rules) : undefined
  const countedTo = live !== undefined && source.embedded ? live.version : Number.POSITIVE_INFINITY
  const recount = new Recount(rules)
  const tree = new Tree()
  // What was voted on is what the certificate says. Whether the store still says the same is a question of its own.
  const paper = certificate === undefined ? paperOf(rules) : JSON.parse(certificate).statement.paper
  const certified = certificate === undefined ? undefined : new CertifiedLeaves(source.leaves(show, poll))
  let waiting = 0
  for await (const { row, timestampMs, ...place } of ballotsOf(source, show, poll, findings)) {
    const hash = leafHash(row, { ...place, paper })
    tree.add(hash)
    await certified?.compare({ ballot: row.ballot, hash, ...place })
    const fault = faultOf(row, rules) ?? timeFault(row, timestampMs, source.embedded)
    if (fault !== undefined) {
      const at = placeText(place)
      findings.push({ what: 'differs', ballot: row.ballot, ...place, detail: `the ballot at ${at} ${fault}` })
    }
    if (place.offset < countedTo || row.at < Date.now() - COUNTED_WITHIN_MS) recount.add(row)
    else waiting++
    if (tree.size % COLLECT_EVERY === 0) Bun.gc(true)
  }
  const count = recount.count()
  const marks = recount.marks()
  const root = text(tree.root())
  const found = findings.count
  if (live !== undefined) compareCounts('the live tally', live.count, count, findings)
  if (certificate !== undefined && certified !== undefined) {
    await certified.end(findings)
    await checkTrail(source.trail(show), { show, head: JSON.parse(certificate).statement.trail }, findings)
    const keys = await source.keys()
    const recounted = { root, ballots: tree.size, count, ...marks }
    compareCertificate(JSON.parse(certificate), { keys, rules, recounted, store: certified }, findings)
  }
  const agrees = findings.count === found
  const sealed = certificate !== undefined
  const { named, unnamed: more } = findings
  return {
    show,
    poll,
    sealed,
    agrees,
    ballots: tree.size,
    waiting,
    root,
    count,
    marks,
    findings: named,
    more,
  }
}

const isSame = (a: string, b: string): boolean => sorted(JSON.parse(a)) === sorted(JSON.parse(b))

/** The poll's ballots in the order of the log, each once, and what is wrong with the rows themselves. */
async function* ballotsOf(
  source: AuditSource,
  show: string,
  poll: string,
  findings: Findings,
): AsyncGenerator<{ row: BallotRow; timestampMs: number | undefined } & LogPlace> {
  const seen = new Numbers()
  /** Batches that are not whole yet. */
  const batches = new Map<string, { found: number; size: number; place: LogPlace }>()
  const next = new Map<number, number>()
  for await (const { partition, offset, key, value, timestampMs } of source.rows('ballots')) {
    const place = { partition, offset }
    findings.pushEach(next.get(partition) ?? offset, offset, (missing) => {
      const at = { partition, offset: missing }
      return { what: 'dropped', ...at, detail: `the log has no record at ${placeText(at)}` }
    })
    next.set(partition, offset + 1)
    const row = ballotIn(value)
    if (row === undefined) {
      findings.push({
        what: 'unreadable',
        ...place,
        detail: `the record at ${placeText(place)} is no ballot, and counts nothing`,
      })
      continue
    }
    if (source.embedded) {
      const batch = `${row.producer}/${row.batch}`
      const known = batches.get(batch) ?? { found: 0, size: row.size, place }
      known.found++
      if (known.found === known.size) batches.delete(batch)
      else batches.set(batch, known)
    }
    if (row.show !== show || row.poll !== poll) continue
    if (key !== row.voter) {
      findings.push({ what: 'changed', ballot: row.ballot, ...place, detail: 'its key is not its voter' })
    }
    if (seen.add(row.producer, row.sequence)) yield { row, timestampMs, ...place }
  }
  for (const { found, size, place } of batches.values()) {
    findings.push({
      what: 'differs',
      ...place,
      detail: `of the ${size} ballots that were written together from ${placeText(place)} on, ${found} are there`,
    })
  }
}

/** The numbers that each producer has used: a bit each, as nearly all of them are. */
class Numbers {
  readonly #pages = new Map<string, Uint8Array>()

  /** Returns whether it is new. */
  add(producer: string, number: number): boolean {
    const name = `${producer}/${Math.floor(number / 32_768)}`
    const page = this.#pages.get(name) ?? new Uint8Array(4096)
    this.#pages.set(name, page)
    const within = number % 32_768
    const bit = 1 << (within % 8)
    if ((page[within >> 3]! & bit) !== 0) return false
    page[within >> 3]! |= bit
    return true
  }
}

const answerText = ({ choice, points }: Answer): string =>
  choice.map((id, i) => `${id}=${points[i]}`).join(',')

/** Why a ballot should not be in the log, or not as it is; undefined where nothing is wrong. */
function faultOf(row: BallotRow, { opens, closes = Number.POSITIVE_INFINITY, ...rules }: Rules) {
  const { graceMs, reveals, revealed = reveals } = rules
  if (opens === undefined || row.at < opens) return 'came before the poll opened'
  if (row.at >= closes + graceMs) return 'came after the poll closed'
  if (row.at >= closes && revealed !== undefined && row.at >= revealed)
    return 'came after the counts were revealed'
  // A change inherits the mark of the answer that it replaces.
  if (row.at >= closes !== row.late && !(row.late && row.ordinal > 1))
    return row.late ? 'is marked late and came in time' : 'came late and is not marked so'
  if (row.ordinal > 1 && !rules.change) return 'is a change, and the poll allows none'
  const sum = row.points.reduce((total, n) => total + n, 0)
  const given = rules.kind === 'points' ? sum : row.choice.length
  const isAnswer =
    row.choice.length === row.points.length &&
    new Set(row.choice).size === row.choice.length &&
    row.choice.every((id) => rules.choices.some(({ choice }) => choice === id)) &&
    row.points.every((n) => Number.isSafeInteger(n) && n > 0 && (n === 1 || rules.kind === 'points')) &&
    given > 0 &&
    given <= rules.max
  return isAnswer ? undefined : 'is no answer to this poll'
}

/**
 * A vote is on its way to the log five seconds after it was received, or refused, and the log confirms in ten. A broker of a
 * cluster that hung may write what nobody waits for any more.
 */
const ON_THE_WAY_MS = { embedded: 15_000, cluster: 120_000 }
/** A server whose clock is further from the log's takes no votes. */
const SKEW_MS = 1_000

/** The time that a ballot says it was received is the server's word; the log's own clock bounds it. */
function timeFault(
  { at }: BallotRow,
  timestampMs: number | undefined,
  embedded: boolean,
): string | undefined {
  const waited = timestampMs === undefined ? 0 : timestampMs - at
  if (waited < -SKEW_MS) return `says that it was received ${-waited} ms after the log had it`
  const most = ON_THE_WAY_MS[embedded ? 'embedded' : 'cluster'] + SKEW_MS
  return waited > most ? `says that it was received ${waited} ms before the log had it` : undefined
}

/** The hash of what a viewer votes on. */
function paperOf({ show, poll, question, choices, kind, max, change, voters, publish }: Rules): string {
  const paper = { show, poll, question, choices, kind, max, change, voters, publish }
  return text(sha256(`roar-paper-v1\n${sorted(paper)}`))
}

/** The hash of all that a producer decided: a poll without what became of it. */
function rulesOf({
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
  return text(sha256(`roar-rules-v1\n${sorted(rules)}`))
}

/** The leaf's text as docs/voting.md has it, hashed. */
function leafHash(row: BallotRow, { partition, offset, paper }: LogPlace & { paper: string }): Buffer {
  const { salt, voter, segment, markSalt, quarantined } = row
  const answerSalt = text(sha256(`roar-salt-v1\n${salt}`))
  const segmentHash = text(sha256(`roar-segment-v1\n${salt}\n${segment}`))
  const commitment = text(
    sha256(`roar-answer-v2\n${answerSalt}\n${voter}\n${segmentHash}\n${answerText(row)}`),
  )
  const mark = text(
    sha256(`roar-mark-v1\n${markSalt}\n${quarantined ? 'in quarantine' : 'not in quarantine'}`),
  )
  const lines = [
    'roar-ballot-v2',
    row.show,
    row.poll,
    paper,
    row.ballot,
    row.ordinal,
    row.at,
    row.late ? 'late' : 'in time',
    mark,
    partition,
    offset,
    commitment,
  ]
  return sha256(Buffer.of(0), lines.join('\n'))
}

/** Of what is known of a voter: has a ballot that is not late; has one that is not in quarantine. Above them: the answer that counts. */
const IN_TIME = 1
const UNSUSPECTED = 2
const FLAGS = 4

/** Each voter's last answer that is not left out, by the number that it says it has; then the sum of them. */
class Recount {
  readonly #rules: Rules
  /** Their newest ordinals, flags, and the answer that counts, by its number; 0: none does. */
  readonly #voters = new Voters()
  /** Every different answer of a segment once, and how many voters have it. */
  readonly #answers: { segment: string; answer: Answer; voters: number }[] = []
  readonly #numbers = new Map<string, number>()
  #late = 0
  #quarantined = 0

  constructor(rules: Rules) {
    this.#rules = rules
  }

  add(row: BallotRow): void {
    this.#voters.seek(row.voter)
    const { ordinal, state } = this.#voters
    // Who was first is a question of the log alone: before anything is left out, and whatever is.
    if (row.ordinal <= ordinal) return
    const flags = (state % FLAGS) | (row.late ? 0 : IN_TIME) | (row.quarantined ? 0 : UNSUSPECTED)
    const before = Math.floor(state / FLAGS)
    const { countLate, countQuarantined } = this.#rules
    const isLeftOut = (row.late && !countLate) || (row.quarantined && !countQuarantined)
    const counted = isLeftOut ? before : this.#numberOf(row)
    this.#voters.set(row.ordinal, counted * FLAGS + flags)
    if (before > 0) this.#answers[before - 1]!.voters--
    if (counted > 0) this.#answers[counted - 1]!.voters++
    this.#late += without(flags, IN_TIME) - (ordinal === 0 ? 0 : without(state, IN_TIME))
    this.#quarantined += without(flags, UNSUSPECTED) - (ordinal === 0 ? 0 : without(state, UNSUSPECTED))
  }

  #numberOf({ segment, choice, points }: BallotRow): number {
    const name = `${segment} ${answerText({ choice, points })}`
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#answers.push({ segment, answer: { choice, points }, voters: 0 })
      this.#numbers.set(name, number)
    }
    return number
  }

  count(): Count {
    const count = blank(this.#rules)
    for (const { segment, answer, voters } of this.#answers)
      if (voters > 0) add(count, segment, { answer, voters }, this.#rules)
    return count
  }

  /** Voters all of whose ballots are late, and in quarantine. */
  marks(): { late: number; quarantined: number } {
    return { late: this.#late, quarantined: this.#quarantined }
  }
}

const without = (flags: number, flag: number): number => ((flags & flag) === 0 ? 1 : 0)

const blank = (rules: Rules): Count => ({
  viewers: 0,
  result: Object.fromEntries(rules.choices.map(({ choice }) => [choice, 0])),
  // By the names of segments, whatever they are.
  segments: Object.create(null),
})

function add(
  count: Count,
  segment: string,
  { answer: { choice, points }, voters }: { answer: Answer; voters: number },
  rules: Rules,
): void {
  const parts: { viewers: number; result: Record<string, number> }[] = [count]
  if (segment !== '') {
    count.segments[segment] ??= { viewers: 0, result: blank(rules).result }
    parts.push(count.segments[segment])
  }
  for (const part of parts) {
    part.viewers += voters
    for (const [i, id] of choice.entries())
      part.result[id] = (ownOf(part.result, id) ?? 0) + voters * points[i]!
  }
}

/** What the server says now: its newest cells, and the newest of their versions. */
async function liveCount(source: AuditSource, show: string, poll: string, rules: Rules) {
  const newest = new Map<string, CellRow>()
  let version = 0
  for await (const { value } of source.rows('tallies')) {
    const cell = cellIn(value)
    // A record that is none counts nothing there either.
    if (cell?.show !== show || cell.poll !== poll) continue
    const key = `${cell.segment}/${cell.choice}/${cell.mark}`
    const known = newest.get(key)
    if (known === undefined || known.version < cell.version) newest.set(key, cell)
    version = Math.max(version, cell.version)
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
      else part.result[choice] = (ownOf(part.result, choice) ?? 0) + n
    }
  }
  return { count, version }
}

interface Marked {
  viewers: number
  counted: boolean
}

interface Certificate {
  statement: Count & { ballots: number; root: string; late: Marked; quarantined: Marked } & Record<
      string,
      unknown
    >
  kid: string
  signature: string
}

function compareCertificate(
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

/** What a plain object holds under an id: `constructor` is one, and every object inherits something of that name. */
const ownOf = <T>(object: Record<string, T> | undefined, id: string): T | undefined =>
  object !== undefined && Object.hasOwn(object, id) ? object[id] : undefined

function compareCounts(whose: string, said: Count, counted: Count, findings: Findings): void {
  const differ = (what: string, a: unknown, b: unknown) => {
    if (a !== b)
      findings.push({ what: 'differs', detail: `${what}: counted ${b ?? 0}, ${whose} says ${a ?? 0}` })
  }
  differ('viewers', said.viewers, counted.viewers)
  for (const id of new Set([...Object.keys(said.result), ...Object.keys(counted.result)])) {
    differ(id, ownOf(said.result, id) ?? 0, ownOf(counted.result, id) ?? 0)
  }
  for (const segment of new Set([...Object.keys(said.segments), ...Object.keys(counted.segments)])) {
    const a = ownOf(said.segments, segment)
    const b = ownOf(counted.segments, segment)
    differ(`viewers of ${segment}`, a?.viewers ?? 0, b?.viewers ?? 0)
    for (const id of new Set([...Object.keys(a?.result ?? {}), ...Object.keys(b?.result ?? {})])) {
      differ(`${id} of ${segment}`, ownOf(a?.result, id) ?? 0, ownOf(b?.result, id) ?? 0)
    }
  }
}

/** Each entry's hash is over the one before, so who changes one changes the trail's end, and the certificate has that. */
async function checkTrail(
  documents: AsyncIterable<string>,
  { show, head }: { show: string; head?: { entries: number; hash: string } },
  findings: Findings,
): Promise<void> {
  let before = ''
  let entries = 0
  let atSeal = ''
  for await (const document of documents) {
    entries++
    const { entry, hash, at, who, action, poll, detail } = JSON.parse(document)
    const done = sorted({ at, who, action, poll, detail })
    const is = text(sha256(`roar-trail-v1\n${before}\n${show}\n${entries}\n${done}`))
    if (entry !== entries || hash !== is) {
      findings.push({
        what: 'differs',
        detail: `entry ${entries} of the trail is not what it was, or one before it is gone`,
      })
      return
    }
    before = hash
    if (entries === head?.entries) atSeal = hash
  }
  if (head !== undefined && atSeal !== head.hash)
    findings.push({
      what: 'differs',
      detail: `the trail up to entry ${head.entries} is not the one of the certificate`,
    })
}

/** Fewer viewers in a segment, and it would tell what they answered. */
const SEGMENT_MIN = 10

/** The segments that a certificate may name: the small ones, and what would give them away, are in the sum alone. */
function published({ viewers, segments }: Count): Count['segments'] {
  const parts = Object.entries(segments)
    .filter(([, part]) => part.viewers > 0)
    .toSorted(([a, { viewers: m }], [b, { viewers: n }]) => m - n || (a < b ? 1 : -1))
  let hidden = viewers - parts.reduce((sum, [, part]) => sum + part.viewers, 0)
  for (let part = parts[0]; part !== undefined; part = parts[0]) {
    if (part[1].viewers >= SEGMENT_MIN && (hidden === 0 || hidden >= SEGMENT_MIN)) break
    hidden += part[1].viewers
    parts.shift()
  }
  return Object.fromEntries(parts)
}

interface AuditKey {
  kid: string
  kty: string
  crv: string
  x: string
  from: number
  revoked?: number
}

/** What is signed together lies no further apart. */
const TOGETHER_MS = 10_000

function isSigned({ statement, kid, signature }: Certificate, keys: string[]): boolean {
  const set = keys.map((key) => JSON.parse(key) as AuditKey)
  const jwk = set.find((key) => key.kid === kid)
  if (jwk === undefined) return false
  // By the key of its time: one that was followed by another, or was revoked, signs nothing after.
  const sealed = Number(statement.sealed)
  const next = Math.min(...set.map(({ from }) => from).filter((from) => from > jwk.from))
  if (sealed < jwk.from || sealed >= Math.min(next + TOGETHER_MS, jwk.revoked ?? Infinity)) return false
  const publicKey = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' })
  return verify(
    null,
    Buffer.from(`roar-certificate-v2\n${sorted(statement)}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  )
}

/** JSON with sorted keys and no spaces (RFC 8785). */
function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  const record = value as Record<string, unknown>
  const members = Object.keys(record)
    .filter((name) => record[name] !== undefined)
    .toSorted()
  return `{${members.map((name) => `${JSON.stringify(name)}:${sorted(record[name])}`).join(',')}}`
}
