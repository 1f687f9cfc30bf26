import type { PollStore } from '../../adapters/store/polls.ts'
import { pollName } from '../../engine/polls/poll-name.ts'

/** 128 bits: the length of a voter's hash, as base64url. */
const VOTER_LENGTH = 22

/** Initialised with a poll's key; null: it is deleted. */
type Keyed = Bun.CryptoHasher | null
type Voter = string | undefined

const voterBy = (keyed: Keyed, viewerKey: string): Voter =>
  keyed?.copy().update(viewerKey).digest('base64url').slice(0, VOTER_LENGTH)

/** Turns viewers into voters by a keyed hash for each poll. The keys are in the store; deleting one forgets the voters. */
export class PollKeys {
  readonly #store: PollStore
  /** Hashers initialised with a poll's key: each voter is hashed by a copy. */
  readonly #keys = new Map<string, Keyed | Promise<Keyed>>()
  /** Polls whose key deletion failed: the key may be deleted with its bytes still on the disk. */
  readonly #unfinished = new Set<string>()

  constructor(store: PollStore) {
    this.#store = store
  }

  /**
   * The voter's hash; undefined if the poll's key is deleted. At once unless the key must be read first, as each vote needs one.
   * @param viewerKey `Viewer.key`: of the issuer and the `sub`.
   */
  voterOf(show: string, poll: string, viewerKey: string): Voter | Promise<Voter> {
    let known = this.#keys.get(pollName(show, poll))
    if (known === undefined) known = this.#read(show, poll)
    return known instanceof Promise
      ? known.then((keyed) => voterBy(keyed, viewerKey))
      : voterBy(known, viewerKey)
  }

  #read(show: string, poll: string): Promise<Keyed> {
    const name = pollName(show, poll)
    const reading = this.#store
      .voterKey(show, poll)
      .then((key) => (key === undefined ? null : new Bun.CryptoHasher('sha256', key)))
    this.#keys.set(name, reading)
    // Not what was read before another process deleted it: see `ask`.
    const isCurrent = () => this.#keys.get(name) === reading
    reading.then(
      (keyed) => isCurrent() && this.#keys.set(name, keyed),
      () => isCurrent() && this.#keys.delete(name),
    )
    return reading
  }

  /** Another process may have deleted the poll's key: the next vote reads it from the store. */
  ask(show: string, poll: string): void {
    this.#keys.delete(pollName(show, poll))
  }

  async make(show: string, poll: string): Promise<void> {
    await this.#store.saveVoterKey(show, poll, crypto.getRandomValues(new Uint8Array(32)))
    this.ask(show, poll)
  }

  /**
   * @throws RoarError store_unavailable while the deleted key's bytes may still be on the disk: `forgetRest` deletes them, too
   */
  async forget(show: string, poll: string): Promise<void> {
    const name = pollName(show, poll)
    this.#unfinished.add(name)
    try {
      await this.#store.forgetVoterKey(show, poll)
      this.#unfinished.delete(name)
    } finally {
      this.ask(show, poll)
    }
  }

  /**
   * Deletes the key of a poll whose document says that its voters are forgotten: the process that wrote it may have ended before
   * deleting.
   */
  async forgetRest(show: string, poll: string): Promise<void> {
    const isLeft =
      this.#unfinished.has(pollName(show, poll)) || (await this.#store.voterKey(show, poll)) !== undefined
    if (isLeft) await this.forget(show, poll)
  }
}
