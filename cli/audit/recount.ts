import { createHash, createPublicKey, verify } from 'node:crypto'
import { type Answer, type BallotRow, ballotIn, type CellRow, cellIn } from './rows.ts'

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

/** Where a ballot stands: by partition, then by offset. */
interface LogPlace {
  partition: number
  offset: number
}

/** A leaf of the certificate. */
interface Leaf {
  ballot: string
  hash: Buffer
}

/** One ballot as the log has it now. */
type LogLeaf = Leaf & LogPlace

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
}

const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const text = (bytes: Buffer): string => bytes.toString('base64url')

const placeText = ({ partition, offset }: LogPlace): string => `${partition}:${offset}`

/** A ballot that is not in the live tally after so long is in none. */
const COUNTED_WITHIN_MS = 10_000

/**
 * Recounts a poll. Nothing is kept of a ballot but its voter and its answer, so that millions fit.
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
  const findings: Finding[] = []
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
  }
  const count = recount.count()
  const marks = recount.marks()
  const root = text(tree.root())
  const found = findings.length
  if (live !== undefined) compareCounts('the live tally', live.count, count, findings)
  if (certificate !== undefined && certified !== undefined) {
    await certified.end(findings)
    await checkTrail(source.trail(show), { show, head: JSON.parse(certificate).statement.trail }, findings)
    const keys = await source.keys()
    const recounted = { root, ballots: tree.size, count, ...marks }
    compareCertificate(JSON.parse(certificate), { keys, rules, recounted, store: certified }, findings)
  }
  const agrees = findings.length === found
  const sealed = certificate !== undefined
  return { show, poll, sealed, agrees, ballots: tree.size, waiting, root, count, marks, findings }
}

const isSame = (a: string, b: string): boolean => sorted(JSON.parse(a)) === sorted(JSON.parse(b))

/** The poll's ballots in the order of the log, each once, and what is wrong with the rows themselves. */
async function* ballotsOf(
  source: AuditSource,
  show: string,
  poll: string,
  findings: Finding[],
): AsyncGenerator<{ row: BallotRow; timestampMs: number | undefined } & LogPlace> {
  const seen = new Numbers()
  /** Batches that are not whole yet. */
  const batches = new Map<string, { found: number; size: number; place: LogPlace }>()
  const next = new Map<number, number>()
  for await (const { partition, offset, key, value, timestampMs } of source.rows('ballots')) {
    const place = { partition, offset }
    for (let missing = next.get(partition) ?? offset; missing < offset; missing++) {
      const at = { partition, offset: missing }
      findings.push({ what: 'dropped', ...at, detail: `the log has no record at ${placeText(at)}` })
    }
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

/** The root of RFC 9162 section 2.1.1: kept are the complete subtrees that the leaves so far make, the largest first. */
class Tree {
  readonly #subtrees: { hash: Buffer; leaves: number }[] = []
  size = 0

  add(leaf: Buffer): void {
    this.size++
    this.#subtrees.push({ hash: leaf, leaves: 1 })
    while (this.#subtrees.at(-1)!.leaves === this.#subtrees.at(-2)?.leaves) this.#join(this.#subtrees)
  }

  #join(subtrees: { hash: Buffer; leaves: number }[]): void {
    const [right, left] = [subtrees.pop()!, subtrees.pop()!]
    const hash = sha256(Buffer.of(1), left.hash, right.hash)
    subtrees.push({ hash, leaves: left.leaves + right.leaves })
  }

  root(): Buffer {
    if (this.size === 0) return sha256('')
    const subtrees = [...this.#subtrees]
    while (subtrees.length > 1) this.#join(subtrees)
    return subtrees[0]!.hash
  }
}

/** A voter's hash is 128 bits: 22 characters, of which the last says two. */
const VOTER_WORDS = 4

/** A number for each voter, in the order in which they come: flat memory, some 50 bytes each, however many millions there are. */
class VoterNumbers {
  /** Open addressing: a voter's words, and beside them the number and one; 0: nobody is there. */
  #words = new Uint32Array(1024 * VOTER_WORDS)
  #numbers = new Uint32Array(1024)
  #size = 0
  readonly #bytes = Buffer.alloc(4 * VOTER_WORDS)
  readonly #key = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, VOTER_WORDS)

  of(voter: string): number {
    if (2 * this.#size >= this.#numbers.length) this.#grow()
    this.#bytes.write(voter, 'base64url')
    const slot = this.#slotOf(this.#key, 0)
    if (this.#numbers[slot] === 0) this.#put(slot, this.#key, 0, ++this.#size)
    return this.#numbers[slot]! - 1
  }

  #slotOf(key: Uint32Array, from: number): number {
    const mask = this.#numbers.length - 1
    for (let slot = key[from]! & mask; ; slot = (slot + 1) & mask) {
      if (this.#numbers[slot] === 0) return slot
      let same = 0
      while (same < VOTER_WORDS && this.#words[slot * VOTER_WORDS + same] === key[from + same]) same++
      if (same === VOTER_WORDS) return slot
    }
  }

  #put(slot: number, key: Uint32Array, from: number, number: number): void {
    for (let word = 0; word < VOTER_WORDS; word++) this.#words[slot * VOTER_WORDS + word] = key[from + word]!
    this.#numbers[slot] = number
  }

  #grow(): void {
    const [words, numbers] = [this.#words, this.#numbers]
    this.#words = new Uint32Array(2 * words.length)
    this.#numbers = new Uint32Array(2 * numbers.length)
    for (const [old, number] of numbers.entries())
      if (number !== 0) this.#put(this.#slotOf(words, old * VOTER_WORDS), words, old * VOTER_WORDS, number)
  }
}

/** Each voter's last answer that is not left out, by the number that it says it has; then the sum of them. */
class Recount {
  readonly #rules: Rules
  /** A voter's number, and by it what is known of the voter. */
  readonly #voters = new VoterNumbers()
  readonly #ordinals: number[] = []
  /** The number of the answer that counts; -1: none does. */
  readonly #counted: number[] = []
  /** 1: has a ballot that is not late. 2: has one that is not in quarantine. */
  readonly #clean: number[] = []
  /** Every different answer of a segment once, by its number. */
  readonly #answers: { segment: string; answer: Answer }[] = []
  readonly #numbers = new Map<string, number>()

  constructor(rules: Rules) {
    this.#rules = rules
  }

  add(row: BallotRow): void {
    const voter = this.#voters.of(row.voter)
    if (voter === this.#ordinals.length) {
      this.#ordinals.push(0)
      this.#counted.push(-1)
      this.#clean.push(0)
    }
    // Who was first is a question of the log alone: before anything is left out, and whatever is.
    if (row.ordinal <= this.#ordinals[voter]!) return
    this.#ordinals[voter] = row.ordinal
    this.#clean[voter]! |= (row.late ? 0 : 1) | (row.quarantined ? 0 : 2)
    const { countLate, countQuarantined } = this.#rules
    if ((row.late && !countLate) || (row.quarantined && !countQuarantined)) return
    this.#counted[voter] = this.#numberOf(row)
  }

  #numberOf({ segment, choice, points }: BallotRow): number {
    const name = `${segment} ${answerText({ choice, points })}`
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#answers.push({ segment, answer: { choice, points } }) - 1
      this.#numbers.set(name, number)
    }
    return number
  }

  count(): Count {
    const count = blank(this.#rules)
    for (const number of this.#counted) {
      if (number === -1) continue
      const { segment, answer } = this.#answers[number]!
      add(count, segment, answer, this.#rules)
    }
    return count
  }

  /** Voters all of whose ballots are late, and in quarantine. */
  marks(): { late: number; quarantined: number } {
    const without = (flag: number) => this.#clean.filter((flags) => (flags & flag) === 0).length
    return { late: without(1), quarantined: without(2) }
  }
}

const blank = (rules: Rules): Count => ({
  viewers: 0,
  result: Object.fromEntries(rules.choices.map(({ choice }) => [choice, 0])),
  // By the names of segments, whatever they are.
  segments: Object.create(null),
})

function add(count: Count, segment: string, { choice, points }: Answer, rules: Rules): void {
  const parts: { viewers: number; result: Record<string, number> }[] = [count]
  if (segment !== '') {
    count.segments[segment] ??= { viewers: 0, result: blank(rules).result }
    parts.push(count.segments[segment])
  }
  for (const part of parts) {
    part.viewers += 1
    for (const [i, id] of choice.entries()) part.result[id] = (ownOf(part.result, id) ?? 0) + points[i]!
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

/**
 * The leaves as they were at the seal, held against those of the log as they come. As long as both are the same nothing is
 * kept; from the first difference on all is, to name each ballot that is not as it was.
 */
class CertifiedLeaves {
  readonly #leaves: AsyncIterator<Leaf>
  readonly #tree = new Tree()
  /** Of those of which the log has the same ballots, in the same order. */
  #inStep = 0
  readonly #changed: Finding[] = []
  #then: Leaf[] = []
  #now: LogLeaf[] = []

  constructor(chunks: AsyncIterable<{ ballots: string[]; hashes: Buffer }>) {
    this.#leaves = eachLeaf(chunks)
  }

  async #next(): Promise<Leaf | undefined> {
    const { value, done } = await this.#leaves.next()
    if (done) return undefined
    this.#tree.add(value.hash)
    return value
  }

  /** Takes the next ballot of the log. */
  async compare(leaf: LogLeaf): Promise<void> {
    const then = await this.#next()
    // One that is not what it was keeps nothing of those after it, of which there may be millions.
    if (this.#now.length === 0 && then?.ballot === leaf.ballot) {
      if (!then.hash.equals(leaf.hash)) this.#changed.push(changedLeaf(this.#inStep, leaf))
      this.#inStep++
      return
    }
    if (then !== undefined) this.#then.push(then)
    this.#now.push(leaf)
  }

  /** The log has no more. */
  async end(findings: Finding[]): Promise<void> {
    for (let then = await this.#next(); then !== undefined; then = await this.#next()) this.#then.push(then)
    for (const finding of this.#changed) findings.push(finding)
    compareLeaves({ from: this.#inStep, certified: this.#then, leaves: this.#now }, findings)
  }

  root(): string {
    return text(this.#tree.root())
  }
}

async function* eachLeaf(
  chunks: AsyncIterable<{ ballots: string[]; hashes: Buffer }>,
): AsyncGenerator<Leaf, undefined> {
  for await (const { ballots, hashes } of chunks)
    for (const [i, ballot] of ballots.entries()) yield { ballot, hash: hashes.subarray(32 * i, 32 * (i + 1)) }
}

function changedLeaf(position: number, { ballot, partition, offset }: LogLeaf): Finding {
  const at = placeText({ partition, offset })
  const detail = `ballot ${position} of the certificate, at ${at} of the log, is not what it was`
  return { what: 'changed', ballot, position, partition, offset, detail }
}

/** Names each ballot that is not as it was at the seal. @param from The place in the certificate of the first of them. */
function compareLeaves(
  { from, certified, leaves }: { from: number; certified: Leaf[]; leaves: LogLeaf[] },
  findings: Finding[],
): void {
  const now = new Map(leaves.map((leaf) => [leaf.ballot, leaf]))
  const then = new Set(certified.map(({ ballot }) => ballot))
  // Places among those that both have: one ballot that is gone does not move the others.
  const order = new Map(leaves.filter(({ ballot }) => then.has(ballot)).map(({ ballot }, i) => [ballot, i]))
  let place = 0
  for (const [i, { ballot, hash }] of certified.entries()) {
    const position = from + i
    const leaf = now.get(ballot)
    if (leaf === undefined) {
      const detail = `ballot ${position} of the certificate is not in the log`
      findings.push({ what: 'dropped', ballot, position, detail })
      continue
    }
    const moved = order.get(ballot) !== place++
    if (leaf.hash.equals(hash)) continue
    const { partition, offset } = leaf
    const detail = `ballot ${position} of the certificate is now at ${placeText(leaf)} of the log`
    findings.push(
      moved ? { what: 'moved', ballot, position, partition, offset, detail } : changedLeaf(position, leaf),
    )
  }
  for (const { ballot, partition, offset } of leaves) {
    if (then.has(ballot)) continue
    const detail = `the ballot at ${placeText({ partition, offset })} of the log is not in the certificate`
    findings.push({ what: 'added', ballot, partition, offset, detail })
  }
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
  findings: Finding[],
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

function compareCounts(whose: string, said: Count, counted: Count, findings: Finding[]): void {
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
  findings: Finding[],
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
