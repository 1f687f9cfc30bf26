import { certificateFault } from '../../engine/polls/certificates.ts'
import { checkedHead, UNSIGNED } from '../../engine/polls/checkpoints.ts'
import { isConsistent, type TreeHead } from '../../engine/polls/merkle.ts'
import { originOf, readCheckpoint, readNote } from '../../protocol/checkpoints.ts'
import { type KeyLife, signsHeads } from '../../protocol/keys.ts'
import { plural } from '../../protocol/plural.ts'
import type { Certificate, PollDocument } from '../../protocol/polls.ts'
import { sortedJson } from '../../protocol/sorted-json.ts'
import { type JwkSet, rawKeysOf, signatureVerifier, verifyBytes } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { ask, Refused } from './ask.ts'
import { askKeys, KEYS_LAG_MS, keysFault } from './keys.ts'

/** What is wrong with a poll's log, or with the keys that sign it. All but `stopped` are final. */
export interface Complaint {
  kind: 'shrunk' | 'forked' | 'keys' | 'stopped'
  detail: string
}

/** The result of one check: what is new and consistent with what was seen before, what is not, and the complaint. */
interface Look {
  note?: string
  certificate?: string
  /** The key set. */
  keys?: string
  /** The head, certificate or key set complained about. */
  evidence?: string
  complaint?: Complaint
  /** Why nothing could be checked. */
  unchecked?: string
}

interface Heads {
  heads: string[]
  proof?: { path: string[] }
}

/** A poll's log when it was last checked. */
interface Seen extends TreeHead {
  note: string
}

/** Processes of a cluster and caches may lag each other by seconds; what stays smaller for longer has shrunk. */
const SHRUNK_AFTER_MS = 15_000

/** What a cache or a process that lags would explain, for a while. */
type Doubt = 'unknown key' | 'keys' | 'shrunk' | 'certificate' | "certificate's key"

/**
 * Follows the heads of one poll: each must extend the last, and the final one must be the certificate's. It uses the keys that
 * the server shows: the aim is to find a second history, whoever signed it.
 */
export class PollWatch {
  readonly #server: string
  readonly #show: string
  readonly #poll: string
  readonly #stoppedAfterMs: number
  #seen: Seen | undefined
  #certificate: string | undefined
  #keys: { set: JwkSet; seenMs: number } | undefined
  /** Since when the log shows nothing, or the same head although more is counted. */
  #behindMs: number | undefined
  readonly #doubtedMs = new Map<Doubt, number>()
  #stopped = false

  constructor(options: { server: string; show: string; poll: string; stoppedAfterMs: number }) {
    this.#server = options.server
    this.#show = options.show
    this.#poll = options.poll
    this.#stoppedAfterMs = options.stoppedAfterMs
  }

  get seen(): TreeHead | undefined {
    return this.#seen
  }

  get isSealed(): boolean {
    return this.#certificate !== undefined
  }

  /** Restores what was seen before a restart. */
  remember({
    note,
    certificate,
    keys,
  }: {
    note?: string
    certificate?: string
    keys?: { text: string; seenMs: number }
  }): void {
    const head = readCheckpoint(readNote(note ?? '')?.text ?? '')
    if (note !== undefined && head !== undefined) this.#seen = { note, size: head.size, root: head.root }
    this.#certificate = certificate ?? this.#certificate
    if (keys !== undefined) this.#keys = { set: JSON.parse(keys.text), seenMs: keys.seenMs }
  }

  /** Checks once. */
  async look(now: number): Promise<Look> {
    let looked: Look = {}
    try {
      // In this order: the last head is shown no later than the certificate, and each key no later than what it signed.
      const certificate = await this.#certified()
      const [note = ''] = (await ask<Heads>(`${this.#url}/heads`, 'heads')).heads
      const keys = await askKeys(this.#server)
      looked = this.#lookAtKeys(keys, now)
      const head = await this.#lookAtHead(note, keys, now)
      looked = { ...looked, ...head }
      if (isFine(head)) looked = { ...(await this.#lookAtCount(now)), ...looked }
      if (certificate === undefined || !isFine(looked)) return looked
      return { ...looked, ...this.#lookAtCertificate(certificate, keys, now) }
    } catch (cause) {
      const unchecked = (cause as Error).message
      // A draft shows no heads yet, so none can have stopped.
      const isDraft = cause instanceof Refused && cause.code === 'unknown_poll' && this.#seen === undefined
      const behind = isDraft ? {} : this.#behind(now, `nothing to be seen: ${unchecked}`)
      // What was new is kept: from now on it is compared with.
      return { ...behind, ...looked, unchecked }
    }
  }

  #lookAtKeys(set: JwkSet, now: number): Look {
    const before = this.#keys
    const text = sortedJson({ ...set })
    // What was seen while a clock was ahead is no older than now.
    const fault = before && keysFault(before.set, set, Math.min(before.seenMs, now))
    if (fault !== undefined)
      return (
        this.#doubt('keys', now, KEYS_LAG_MS, fault) ?? {
          evidence: text,
          complaint: { kind: 'keys', detail: fault },
        }
      )
    this.#doubtedMs.delete('keys')
    this.#keys = { set, seenMs: now }
    return before && text === sortedJson({ ...before.set }) ? {} : { keys: text }
  }

  async #lookAtHead(note: string, keys: JwkSet, now: number): Promise<Look> {
    const before = this.#seen
    const signedBy = (mayHave: (life: KeyLife) => boolean) => this.#checked(note, rawKeysOf(keys, mayHave))
    const head = signedBy((key) => signsHeads(key, now))
    if (typeof head === 'string') {
      const invalid = (detail: string): Look => ({
        evidence: note,
        complaint: { kind: 'forked', detail: `a signed head is not valid: ${detail}` },
      })
      if (typeof signedBy(() => true) !== 'string')
        return invalid('its key was revoked, or another follows it')
      const doubt = head === UNSIGNED ? this.#doubt('unknown key', now, KEYS_LAG_MS, head) : undefined
      return doubt ?? invalid(head)
    }
    this.#doubtedMs.delete('unknown key')
    if (before !== undefined && head.size < before.size) {
      const detail = `it had ${plural(before.size, 'ballot')}, and now has ${head.size}`
      return this.#doubt('shrunk', now, SHRUNK_AFTER_MS, detail) ?? { complaint: { kind: 'shrunk', detail } }
    }
    this.#doubtedMs.delete('shrunk')
    if (before !== undefined && before.size > 0 && !(await this.#grew(before, head))) {
      const detail = `the tree of ${plural(head.size, 'ballot')} does not begin with the tree of ${before.size} that was shown before`
      return { evidence: note, complaint: { kind: 'forked', detail } }
    }
    this.#seen = { size: head.size, root: head.root, note }
    // While many vote the count is always ahead of a head, which is seconds old.
    if (before !== undefined && head.size > before.size) this.#advanced()
    return note === before?.note ? {} : { note }
  }

  async #lookAtCount(now: number): Promise<Look> {
    const { size } = this.#seen!
    const { ballots } = await ask<PollDocument>(this.#url, 'ballots')
    if (ballots > size)
      return this.#behind(now, `it counts ${plural(ballots, 'viewer')}, but shows ${plural(size, 'ballot')}`)
    this.#advanced()
    return {}
  }

  get #url(): string {
    return `${this.#server}/v1/shows/${this.#show}/polls/${this.#poll}`
  }

  /** What says that nothing is certain yet; undefined once it has been so for longer than a lag lasts. */
  #doubt(doubt: Doubt, now: number, lagMs: number, unchecked: string): Look | undefined {
    const sinceMs = this.#doubtedMs.get(doubt) ?? now
    this.#doubtedMs.set(doubt, sinceMs)
    return now - sinceMs < lagMs ? { unchecked } : undefined
  }

  #checked(note: string, keys: readonly Uint8Array[]) {
    return checkedHead(note, {
      origin: originOf(this.#show, this.#poll),
      keys,
      sha256,
      verify: verifyBytes,
    })
  }

  async #grew(older: TreeHead, newer: TreeHead): Promise<boolean> {
    if (older.size === newer.size) return isConsistent(sha256, { older, newer, path: [] })
    const { proof } = await ask<Heads>(`${this.#url}/heads?from=${older.size}&to=${newer.size}`, 'proof')
    const path = proof!.path.map((hash) => new Uint8Array(Buffer.from(hash, 'base64url')))
    return isConsistent(sha256, { older, newer, path })
  }

  async #certified(): Promise<Certificate | undefined> {
    try {
      return await ask<Certificate>(`${this.#url}/certificate`, 'statement')
    } catch (cause) {
      if (cause instanceof Refused && cause.code === 'not_sealed') return undefined
      throw cause
    }
  }

  #lookAtCertificate(certificate: Certificate, keys: JwkSet, now: number): Look {
    const text = sortedJson({ statement: certificate.statement })
    if (text === this.#certificate) return {}
    const forked = (detail: string) => ({ evidence: text, complaint: { kind: 'forked' as const, detail } })
    if (this.#certificate !== undefined)
      return forked('there is a second certificate, and it says something else')
    const fault = certificateFault(certificate, signatureVerifier(keys))
    if (fault !== undefined) {
      const isKnown = keys.keys.some(({ kid }) => kid === certificate.kid)
      const doubt = isKnown ? undefined : this.#doubt("certificate's key", now, KEYS_LAG_MS, fault)
      return doubt ?? forked(`the certificate is not valid: ${fault}`)
    }
    const { ballots, root } = certificate.statement
    const newest = this.#seen!
    if (ballots !== newest.size || root !== Buffer.from(newest.root).toString('base64url')) {
      const detail = `the certificate is for ${plural(ballots, 'ballot')}, the last head for ${newest.size}`
      const doubt =
        ballots > newest.size ? this.#doubt('certificate', now, SHRUNK_AFTER_MS, detail) : undefined
      return doubt ?? forked(detail)
    }
    this.#certificate = text
    return { certificate: text }
  }

  #advanced(): void {
    this.#behindMs = undefined
    this.#stopped = false
  }

  /** The log did not advance; after a while that is a complaint, made once until it advances again. */
  #behind(now: number, detail: string): { complaint?: Complaint } {
    this.#behindMs ??= now
    if (this.#stopped || now - this.#behindMs < this.#stoppedAfterMs) return {}
    this.#stopped = true
    return { complaint: { kind: 'stopped', detail } }
  }
}

const isFine = ({ complaint, unchecked }: Look): boolean => complaint === undefined && unchecked === undefined
