import type { Finding, Findings } from './findings.ts'
import { Tree } from './tree.ts'

/** A ballot's place in the log: partition, then offset. */
export interface LogPlace {
  partition: number
  offset: number
}

export const placeText = ({ partition, offset }: LogPlace): string => `${partition}:${offset}`

/** A leaf of the certificate. */
interface Leaf {
  ballot: string
  hash: Buffer
}

/** One ballot as the log now has it. */
export type LogLeaf = Leaf & LogPlace

/** Consecutive leaves of the certificate: the ballots' ids, and their hashes, one after the other. */
interface LeafChunk {
  ballots: string[]
  hashes: Buffer
}

/** A leaf whose other one has not come yet: its number among those of its side, and its hash as text, which is smaller. */
type Waiting<Place> = Place & { index: number; hash: string }

/** A ballot that both have, and that is not what it was. */
type Changed = LogPlace & { ballot: string; position: number; index: number }

/** Leaves that wait for their other ones, or are to be named: some 30 MB. With more of them they are not named one by one. */
const KEPT_MAX = 100_000

/**
 * Compares the leaves of the seal with those of the log as they are read. Memory holds only the leaves that the other side does
 * not have yet, or has differently, so that each changed ballot can be named.
 */
export class CertifiedLeaves {
  readonly #chunks: AsyncIterator<LeafChunk>
  #chunk: LeafChunk = { ballots: [], hashes: Buffer.alloc(0) }
  /** How many leaves of the chunk are compared. */
  #used = 0
  readonly #tree = new Tree()
  /** Unmatched leaves by ballot, in the order of their side. */
  readonly #then = new Map<string, Waiting<object>>()
  readonly #now = new Map<string, Waiting<LogPlace>>()
  readonly #changed: Changed[] = []
  #certified = 0
  #logged = 0
  /** The first place in the certificate that differs. */
  #first: number | undefined
  #tooMany = false

  constructor(chunks: AsyncIterable<LeafChunk>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Whether the certificate has another leaf: `#next` returns it. */
  async #hasNext(): Promise<boolean> {
    while (this.#used === this.#chunk.ballots.length) {
      const { value, done } = await this.#chunks.next()
      if (done) return false
      this.#chunk = value
      this.#used = 0
    }
    return true
  }

  #next(): Leaf | undefined {
    const at = this.#used
    const ballot = this.#chunk.ballots[at]
    if (ballot === undefined) return undefined
    this.#used++
    this.#certified++
    const hash = this.#chunk.hashes.subarray(32 * at, 32 * (at + 1))
    this.#tree.add(hash)
    return { ballot, hash }
  }

  /** Compares the log's next ballots. */
  async compare(leaves: LogLeaf[]): Promise<void> {
    for (const leaf of leaves) {
      // Waited for once a chunk: for each leaf it would take longer than the rest.
      if (this.#used === this.#chunk.ballots.length) await this.#hasNext()
      this.#compare(leaf, this.#next())
    }
  }

  #compare(leaf: LogLeaf, then: Leaf | undefined): void {
    const index = this.#logged++
    if (then?.ballot === leaf.ballot) {
      if (!then.hash.equals(leaf.hash)) this.#change({ ...leaf, index, position: this.#certified - 1 })
      return
    }
    if (then !== undefined) this.#takeThen(then)
    this.#takeNow(leaf, index)
  }

  #takeThen({ ballot, hash }: Leaf): void {
    const position = this.#certified - 1
    const now = this.#now.get(ballot)
    this.#now.delete(ballot)
    if (now === undefined) this.#wait(this.#then, ballot, { hash: hash.toString('latin1'), index: position })
    else if (now.hash !== hash.toString('latin1')) this.#change({ ...now, ballot, position })
  }

  #takeNow({ ballot, hash, partition, offset }: LogLeaf, index: number): void {
    const then = this.#then.get(ballot)
    this.#then.delete(ballot)
    const now = { partition, offset, index, hash: hash.toString('latin1') }
    if (then === undefined) this.#wait(this.#now, ballot, now)
    else if (then.hash !== now.hash) this.#change({ ...now, ballot, position: then.index })
  }

  #wait<Leaf>(side: Map<string, Leaf>, ballot: string, leaf: Leaf): void {
    // A copy: a substring would keep its chunk's whole text alive.
    if (this.#hasRoom()) side.set(Buffer.from(ballot).toString(), leaf)
  }

  #change({ ballot, position, index, partition, offset }: Changed): void {
    if (this.#hasRoom()) this.#changed.push({ ballot, position, index, partition, offset })
  }

  #hasRoom(): boolean {
    this.#first ??= Math.max(0, this.#certified - 1)
    this.#tooMany ||= this.#then.size + this.#now.size + this.#changed.length >= KEPT_MAX
    if (!this.#tooMany) return true
    this.#then.clear()
    this.#now.clear()
    this.#changed.length = 0
    return false
  }

  /** Called at the end of the log: names each ballot that differs from the seal. */
  async end(findings: Findings): Promise<void> {
    while (await this.#hasNext()) this.#takeThen(this.#next()!)
    if (this.#tooMany) {
      const detail = `more than ${KEPT_MAX} ballots are not as they were, too many to name them; the first is ballot ${this.#first} of the certificate`
      findings.push({ what: 'differs', position: this.#first!, detail })
    }
    for (const finding of this.#ofCertificate()) findings.push(finding)
    for (const [ballot, { partition, offset }] of this.#now) {
      const detail = `the ballot at ${placeText({ partition, offset })} of the log is not in the certificate`
      findings.push({ what: 'added', ballot, partition, offset, detail })
    }
  }

  /** In the certificate's order. */
  #ofCertificate(): Finding[] {
    const gone = [...this.#then.values()].map(({ index }) => index)
    const added = [...this.#now.values()].map(({ index }) => index)
    // Compares places among the ballots that both have, so that one missing ballot does not move the others.
    const isMoved = ({ position, index }: Changed) =>
      position - countBelow(gone, position) !== index - countBelow(added, index)
    const dropped = [...this.#then].map(([ballot, { index }]) => droppedLeaf(index, ballot))
    const changed = this.#changed.map((leaf) => changedLeaf(leaf, isMoved(leaf)))
    return [...dropped, ...changed].toSorted((a, b) => a.position - b.position)
  }

  root(): string {
    return this.#tree.root().toString('base64url')
  }
}

/** How many of the ascending numbers are below `bound`. */
function countBelow(numbers: readonly number[], bound: number): number {
  let [from, to] = [0, numbers.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (numbers[middle]! < bound) from = middle + 1
    else to = middle
  }
  return from
}

type CertifiedFinding = Finding & { position: number }

function droppedLeaf(position: number, ballot: string): CertifiedFinding {
  const detail = `ballot ${position} of the certificate is not in the log`
  return { what: 'dropped', ballot, position, detail }
}

function changedLeaf({ ballot, position, partition, offset }: Changed, moved: boolean): CertifiedFinding {
  const at = placeText({ partition, offset })
  const detail = moved
    ? `ballot ${position} of the certificate is now at ${at} of the log`
    : `ballot ${position} of the certificate, at ${at} of the log, is not what it was`
  return { what: moved ? 'moved' : 'changed', ballot, position, partition, offset, detail }
}
