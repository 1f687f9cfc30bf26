import { readFile } from 'node:fs/promises'
import type { Log } from '../../adapters/log/log.ts'
import { replaceFile } from '../../adapters/replace-file.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/** The newest version of each poll, by its name. */
type Versions = Record<string, number>

/**
 * Keeps in a file beside the log how far the store's polls were. A store that is behind it is an older copy or another file:
 * a poll that was sealed would be open again and get a second certificate, and a new poll would count the ballots of one of
 * the same id that this store does not know.
 */
export class PollsSeen {
  readonly #path: string
  readonly #versions = new Map<string, number>()
  #saving: Promise<void> | undefined
  #isWritten = true
  #unfollow = () => {}

  constructor(path: string) {
    this.#path = path
  }

  /** How the store is not the one that was seen; undefined: it is, or nothing can be counted twice, as the log has no ballots. */
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

  /** Follows the polls from now on. */
  follow(directory: ShowDirectory): void {
    this.#unfollow = directory.followPolls(({ poll, isAnticipated }) => {
      // What may be taken back is not in the store yet.
      if (isAnticipated) return
      this.#versions.set(nameOf(poll), poll.version)
      this.#isWritten = false
      this.#saving ??= this.#save()
    })
  }

  /** What comes meanwhile is in the next file. A file that cannot be written is as old as its disk was full: it misses a fault. */
  async #save(): Promise<void> {
    // All polls that are there are told at once.
    await Promise.resolve()
    while (!this.#isWritten) {
      this.#isWritten = true
      await replaceFile(this.#path, JSON.stringify(Object.fromEntries(this.#versions))).catch(() => {})
    }
    // In the turn in which it has seen that all is written: what comes from here on begins another.
    this.#saving = undefined
  }

  /** Nothing where there is no file, or it holds something else: then nothing is known. */
  async #read(): Promise<Versions> {
    try {
      const read: unknown = JSON.parse(await readFile(this.#path, 'utf8'))
      return typeof read === 'object' && read !== null ? (read as Versions) : {}
    } catch {
      return {}
    }
  }

  async close(): Promise<void> {
    this.#unfollow()
    await this.#saving
  }
}

const nameOf = ({ show, poll }: Poll): string => pollName(show, poll)
