import { readFile } from 'node:fs/promises'
import type { Log } from '../../adapters/log/log.ts'
import { replaceFile } from '../../adapters/replace-file.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import { within } from '../../adapters/within.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/** How long the end waits for the disk, in milliseconds. */
const CLOSE_MS = 5_000

/** The newest version of each poll, by its name. */
type Versions = Record<string, number>

/**
 * Records in a file beside the log how far the store's polls were. A store behind that is an older copy or another file: a sealed
 * poll would be open again and get a second certificate, and a new poll would count the ballots of one with the same id that this
 * store does not know.
 */
export class PollsSeen {
  readonly #path: string
  readonly #closeMs: number
  readonly #versions = new Map<string, number>()
  #saving: Promise<void> | undefined
  #isWritten = true
  #unfollow = () => {}

  /** @param options.closeMs Default `CLOSE_MS`. */
  constructor(path: string, { closeMs = CLOSE_MS } = {}) {
    this.#path = path
    this.#closeMs = closeMs
  }

  /**
   * How the store differs from the recorded state; undefined: it does not, or nothing can be counted twice, since the log has no
   * ballots.
   */
  async fault({ store, log }: { store: PollStore; log: Log }): Promise<string | undefined> {
    const seen = Object.entries(await this.#read())
    if (seen.length === 0 || (await log.ends('ballots')).every((end) => end === 0)) return undefined
    const versions = new Map((await store.all()).map((poll) => [nameOf(poll), poll.version]))
    const behind = seen.find(([name, version]) => (versions.get(name) ?? 0) < version)
    if (behind === undefined) return undefined
    const [name, version] = behind
    const found = versions.get(name)
    const has = found === undefined ? `has no poll ${name}` : `has version ${found} of the poll ${name}`
    return `the store ${has}, which once had version ${version}: it is an older copy or another file. Put the right one back; or delete ${this.#path} to go on with this one`
  }

  /** Starts to follow the polls. */
  follow(directory: ShowDirectory): void {
    this.#unfollow = directory.followPolls(({ poll, isAnticipated }) => {
      // An anticipated change is not in the store yet.
      if (isAnticipated) return
      this.#versions.set(nameOf(poll), poll.version)
      this.#isWritten = false
      this.#saving ??= this.#save()
    })
  }

  /** Later changes go into the next file. If the disk is full the file stays old, and a fault may be missed. */
  async #save(): Promise<void> {
    // All existing polls are reported in one turn.
    await Promise.resolve()
    while (!this.#isWritten) {
      this.#isWritten = true
      await replaceFile(this.#path, JSON.stringify(Object.fromEntries(this.#versions))).catch(() => {})
    }
    // In the same turn in which everything is written: a later change starts a new save.
    this.#saving = undefined
  }

  /** Empty if there is no file, or its contents are invalid: then nothing is known. */
  async #read(): Promise<Versions> {
    try {
      const read: unknown = JSON.parse(await readFile(this.#path, 'utf8'))
      return typeof read === 'object' && read !== null ? (read as Versions) : {}
    } catch {
      return {}
    }
  }

  /** Waits for the file, but not for a disk that does not answer. */
  async close(): Promise<void> {
    this.#unfollow()
    await within(this.#closeMs, Promise.resolve(this.#saving)).catch(() => {})
  }
}

const nameOf = ({ show, poll }: Poll): string => pollName(show, poll)
