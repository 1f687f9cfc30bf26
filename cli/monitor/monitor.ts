import type { TreeHead } from '../../engine/polls/merkle.ts'
import { originOf, readCheckpoint, readNote } from '../../protocol/checkpoints.ts'
import { isId } from '../../protocol/ids.ts'
import { signsHeads } from '../../protocol/keys.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { rawKeysOf } from '../../services/polls/signing-keys.ts'
import { ask } from './ask.ts'
import { askKeys } from './keys.ts'
import type { Entry, MonitorRecord } from './record.ts'
import type { Source } from './sources.ts'
import { type Complaint, PollWatch } from './watch.ts'
import { addCheckpoint } from './witness.ts'

/** A request to a witness is at most a head and 63 hashes. */
export const WITNESS_BODY_BYTES_MAX = 32_768

interface Followed {
  source: Required<Source>
  watch: PollWatch
}

/** Follows polls independently of the server, records what it sees, and cosigns on request. */
export class Monitor {
  readonly #sources: readonly Source[]
  readonly #record: MonitorRecord
  readonly #stoppedAfterMs: number
  readonly #tell: (line: string) => void
  readonly #polls = new Map<string, Followed>()
  /** What the last check could not check, and why. */
  #unchecked: string[] = []
  /** The newest tree head cosigned, by server and origin. */
  readonly #cosigned = new Map<string, TreeHead>()

  constructor(options: {
    sources: readonly Source[]
    record: MonitorRecord
    /** The record so far, oldest first. */
    seen: readonly Entry[]
    stoppedAfterMs: number
    tell: (line: string) => void
  }) {
    this.#sources = options.sources
    this.#record = options.record
    this.#stoppedAfterMs = options.stoppedAfterMs
    this.#tell = options.tell
    for (const { at, by, what, server, show, poll } of options.seen) {
      if (by === 'heads') this.#watchOf({ server, show, poll }).remember({ note: what })
      if (by === 'certificate') this.#watchOf({ server, show, poll }).remember({ certificate: what })
      if (by === 'keys') this.#watchOf({ server, show, poll }).remember({ keys: { text: what, seenMs: at } })
      const head = by === 'witness' ? readCheckpoint(readNote(what)?.text ?? '') : undefined
      if (head !== undefined) this.#cosigned.set(originOf(show, poll), head)
    }
  }

  #watchOf(source: Required<Source>): PollWatch {
    const name = `${source.server} ${originOf(source.show, source.poll)}`
    const known = this.#polls.get(name)
    if (known !== undefined) return known.watch
    const watch = new PollWatch({ ...source, stoppedAfterMs: this.#stoppedAfterMs })
    this.#polls.set(name, { source, watch })
    return watch
  }

  /** Checks every poll once. Returns what is wrong. */
  async look(now: number): Promise<Complaint[]> {
    this.#unchecked = []
    for (const source of this.#sources) await this.#find(source)
    const complaints: Complaint[] = []
    for (const { source, watch } of this.#polls.values()) {
      const { keys, note, certificate, evidence, complaint, unchecked } = await watch.look(now)
      const name = originOf(source.show, source.poll)
      if (unchecked !== undefined) this.#unchecked.push(`${name}: ${unchecked}`)
      const add = (by: Entry['by'], what: string) => this.#record.add({ at: now, by, ...source, what })
      if (keys !== undefined) add('keys', keys)
      if (note !== undefined) add('heads', note)
      if (certificate !== undefined) add('certificate', certificate)
      if (evidence !== undefined) add('evidence', evidence)
      if (note !== undefined && complaint === undefined) this.#tell(`${name}: ${watch.seen!.size} ballots`)
      if (certificate !== undefined) this.#tell(`${name}: sealed, the certificate is the last head`)
      if (complaint === undefined) continue
      add('complaint', `${complaint.kind}: ${complaint.detail}`)
      this.#tell(`${name}: ${complaint.kind.toUpperCase()}: ${complaint.detail}`)
      complaints.push(complaint)
    }
    return complaints
  }

  get unchecked(): readonly string[] {
    return this.#unchecked
  }

  /** Whether all that was asked for are polls with a certificate; a show may still get polls. */
  get isSealed(): boolean {
    return (
      this.#sources.every(({ poll }) => poll !== undefined) &&
      [...this.#polls.values()].every(({ watch }) => watch.isSealed)
    )
  }

  /** Finds the polls that a source has by now. */
  async #find({ server, show, poll }: Source): Promise<void> {
    if (poll !== undefined) {
      this.#watchOf({ server, show, poll })
      return
    }
    try {
      const { polls } = await ask<ShowDocument>(`${server}/v1/shows/${show}`, 'polls')
      for (const { poll } of polls) {
        // It becomes part of addresses, of what is watched for good, and of lines on a terminal.
        if (!isId(poll)) throw new Error(`it lists a poll whose id is not valid: ${JSON.stringify(poll)}`)
        this.#watchOf({ server, show, poll })
      }
    } catch (cause) {
      this.#unchecked.push(`${show}: ${(cause as Error).message}`)
    }
  }

  /** Handles requests to a witness (C2SP tlog-witness). */
  async answer(
    request: Request,
    signer: Parameters<typeof addCheckpoint>[1]['signer'],
    now: number,
  ): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (request.method !== 'POST' || !pathname.endsWith('/add-checkpoint'))
      return new Response('POST /add-checkpoint\n', { status: 404 })
    return addCheckpoint(await request.text(), {
      signer,
      seen: this.#cosigned,
      keysOf: (origin) => this.#keysOf(origin, now),
      keep: (origin, what) => {
        const { server } = this.#sourceOf(origin)!
        const [, show, poll] = origin.split('/') as [string, string, string]
        this.#record.add({ at: now, by: 'witness', server, show, poll, what })
      },
      nowS: Math.floor(now / 1000),
    })
  }

  #sourceOf(origin: string): Source | undefined {
    return this.#sources.find(
      ({ show, poll }) =>
        origin.startsWith(originOf(show, poll ?? '')) &&
        (poll === undefined || origin === originOf(show, poll)),
    )
  }

  /** The keys by which a log's heads may be signed now. */
  async #keysOf(origin: string, now: number): Promise<Uint8Array[] | undefined> {
    const source = this.#sourceOf(origin)
    if (source === undefined) return undefined
    return rawKeysOf(await askKeys(source.server), (key) => signsHeads(key, now))
  }
}
