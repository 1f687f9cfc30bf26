import type { Receipt, VoteRequest } from '../../../protocol/polls.ts'

/** What this client has for one poll and viewer: a pending answer, a receipt, or both. */
export interface VoteRecord {
  poll: string
  /** The token that the answer was sent with: a retry must be by the same viewer, or it might count twice. */
  token: string
  /** Pending: the server has not answered yet. */
  answer?: VoteRequest
  /** The receipt of the newest counted answer. */
  receipt?: Receipt
  /** Receipts for polls with this id that the server no longer has: evidence, but no obstacle to a vote. */
  past?: Receipt[]
}

/** The part of the Web Storage API that votes need. */
export type VoteStorage = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>

/** Beyond this many in one storage the oldest receipts are dropped, but never pending answers. */
const RECORDS_MAX = 200
/** Past receipts for one poll's id; beyond it the oldest is dropped. */
const PAST_MAX = 3

/** Keeps records in a storage, one entry each, so that two pages do not overwrite each other. */
export class Records {
  readonly #storage: VoteStorage
  readonly #prefix: string
  /** Records that the storage refused, because it is full or disabled. Kept as long as the page. */
  readonly #unstored = new Map<string, VoteRecord>()

  /** @param prefix Distinguishes these records from others in the storage. */
  constructor(storage: VoteStorage, prefix: string) {
    this.#storage = storage
    this.#prefix = prefix
  }

  get(poll: string, viewer: string): VoteRecord | undefined {
    const key = this.#key(poll, viewer)
    return this.#unstored.get(key) ?? this.#read(key)
  }

  save(record: VoteRecord): void {
    const key = this.#key(record.poll, viewerOf(record.token))
    this.#unstored.delete(key)
    try {
      this.#storage.setItem(key, JSON.stringify(record))
      this.#forgetOldest()
    } catch {
      // The vote is sent anyway, but does not survive the page, as with any disabled storage.
      this.#unstored.set(key, record)
      this.#withdraw(key)
    }
  }

  /** Removes the pending answer. A receipt stays, whichever page of this browser stored it. */
  drop({ poll, token }: VoteRecord): void {
    const key = this.#key(poll, viewerOf(token))
    const { answer: _, ...rest } = this.#read(key) ?? this.#unstored.get(key) ?? { poll, token }
    if (rest.receipt || rest.past) this.save(rest)
    else this.remove({ poll, token })
  }

  remove({ poll, token }: VoteRecord): void {
    const key = this.#key(poll, viewerOf(token))
    this.#unstored.delete(key)
    try {
      this.#storage.removeItem(key)
    } catch {
      // Disabled storage is empty.
    }
  }

  /** The receipt belongs to another poll with this id. It is kept, and the viewer has not voted in this one. */
  retire<Kept extends VoteRecord>({ receipt, past = [], ...rest }: Kept): Omit<Kept, 'receipt'> {
    const retired = { ...rest, past: [...(receipt ? [receipt] : []), ...past].slice(0, PAST_MAX) }
    this.save(retired as VoteRecord)
    return retired as Omit<Kept, 'receipt'>
  }

  /** A finished answer must not be sent again after a reload. Without it the record is smaller, so it fits. */
  #withdraw(key: string): void {
    const { answer, ...rest } = this.#read(key) ?? {}
    if (!answer) return
    try {
      this.#storage.setItem(key, JSON.stringify(rest))
    } catch {
      // Storage that is readable but accepts no writes: the server counts a repeat only once.
    }
  }

  all(): VoteRecord[] {
    return this.#keys().flatMap((key) => this.#read(key) ?? [])
  }

  #key = (poll: string, viewer: string): string => `${this.#prefix}/${poll}/${viewer}`

  #keys(): string[] {
    try {
      const { length } = this.#storage
      const keys = Array.from({ length }, (_, i) => this.#storage.key(i) ?? '')
      return keys.filter((key) => key.startsWith(`${this.#prefix}/`))
    } catch {
      // Access was forbidden after the page loaded.
      return []
    }
  }

  #read(key: string): VoteRecord | undefined {
    try {
      const record = JSON.parse(this.#storage.getItem(key) ?? 'null') as Partial<VoteRecord> | null
      const { poll, token } = record ?? {}
      return typeof poll === 'string' && typeof token === 'string' ? (record as VoteRecord) : undefined
    } catch {
      // Written by hand, or by something else under our name: no record of a vote.
      return undefined
    }
  }

  #forgetOldest(): void {
    const keys = this.#keys()
    if (keys.length <= RECORDS_MAX) return
    const done = keys
      .map((key) => ({ key, record: this.#read(key) }))
      .filter(({ record }) => record?.answer === undefined)
      .sort((a, b) => (a.record?.receipt?.at ?? 0) - (b.record?.receipt?.at ?? 0))
    for (const { key } of done.slice(0, keys.length - RECORDS_MAX)) this.#storage.removeItem(key)
  }
}

/** The page's, or the process's, storage. If there is none, or it is forbidden or incomplete (Node 25): memory. */
export function ownStorage(): VoteStorage {
  try {
    const { localStorage } = globalThis
    return typeof localStorage?.getItem === 'function' ? localStorage : memoryStorage()
  } catch {
    return memoryStorage()
  }
}

/** Without storage: lasts as long as the process. */
export function memoryStorage(): VoteStorage {
  const items = new Map<string, string>()
  return {
    get length() {
      return items.size
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  }
}

/**
 * The owner of a token: the `sub` of a JWT, unverified, since only the server can verify it. A token that is no JWT is its own
 * viewer.
 */
export function viewerOf(token: string): string {
  try {
    const { sub } = JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')))
    return typeof sub === 'string' ? sub : token
  } catch {
    return token
  }
}
