import type { PollStore } from '../../adapters/store/polls.ts'
import { pollName } from '../../engine/polls/poll-name.ts'

/** 128 bits: what a voter's hash is cut to, as base64url. */
const VOTER_LENGTH = 22

/** Turns viewers into voters: a keyed hash for each poll. The keys are in the store, and deleting one is how people are forgotten. */
export class PollKeys {
  readonly #store: PollStore
  readonly #keys = new Map<string, Promise<Uint8Array | undefined>>()
  /** Polls whose key was to be deleted, which failed: the key may be gone and its bytes still there. */
  readonly #unfinished = new Set<string>()

  constructor(store: PollStore) {
    this.#store = store
  }

  /** The voter's hash, or undefined when the poll's key is gone. @param viewerKey See `Viewer`: of the issuer and the `sub`. */
  async voterOf(show: string, poll: string, viewerKey: string): Promise<string | undefined> {
    const name = pollName(show, poll)
    let known = this.#keys.get(name)
    if (known === undefined) {
      known = this.#store.voterKey(show, poll)
      this.#keys.set(name, known)
      known.catch(() => this.#keys.delete(name))
    }
    const key = await known
    if (key === undefined) return undefined
    return new Bun.CryptoHasher('sha256', key).update(viewerKey).digest('base64url').slice(0, VOTER_LENGTH)
  }

  /** Another process may have forgotten the poll's key: the next vote asks the store for it. */
  ask(show: string, poll: string): void {
    this.#keys.delete(pollName(show, poll))
  }

  async make(show: string, poll: string): Promise<void> {
    await this.#store.saveVoterKey(show, poll, crypto.getRandomValues(new Uint8Array(32)))
    this.ask(show, poll)
  }

  /** @throws RoarError store_unavailable while the deleted key's bytes may still be in the store: `forgetRest` deletes them too */
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

  /** Deletes the key of a poll whose voters are forgotten by its document: whoever wrote that may have ended before it did. */
  async forgetRest(show: string, poll: string): Promise<void> {
    const isLeft =
      this.#unfinished.has(pollName(show, poll)) || (await this.#store.voterKey(show, poll)) !== undefined
    if (isLeft) await this.forget(show, poll)
  }
}
