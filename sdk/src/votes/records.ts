import type { Receipt, VoteRequest } from '../../../protocol/polls.ts'

/** What this client has to do with one poll as one viewer: an answer on its way, a receipt, or both. */
export interface VoteRecord {
  poll: string
  /** The token that the answer went with: a retry goes as the same viewer, or it might count twice. */
  token: string
  /** On its way: the server has not answered yet. */
  answer?: VoteRequest
  /** Of the newest answer that was counted. */
  receipt?: Receipt
  /** Receipts for polls of this id that the server does not have any more: evidence, and no bar to a vote. */
  past?: Receipt[]
}

/** The part of the Web Storage API that votes need. */
export type VoteStorage = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>

/** Beyond so many in one storage the receipts of the oldest go. Answers on their way never do. */
const RECORDS_MAX = 200
/** Past receipts of one poll's id; beyond, the oldest goes. */
const PAST_MAX = 3

/** Keeps records in a storage, one entry each, so that two pages do not overwrite each other's. */
export class Records {
  readonly #storage: VoteStorage
  readonly #prefix: string
  /** What the storage did not take: it is full, or switched off. Kept until the page goes. */
  readonly #unstored = new Map<string, VoteRecord>()

  /** @param prefix What tells these records from others in the storage. */
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
      // The vote goes all the same; it does not survive the page, which is what a forbidden storage asks for.
      this.#unstored.set(key, record)
      this.#withdraw(key)
    }
  }

  /** Drops the answer on its way. What was counted before stays, whoever of this browser's pages has its receipt. */
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
      // A storage that is forbidden holds nothing.
    }
  }

  /** The receipt is for another poll of this id. It is kept, and the viewer has not voted in this one. */
  retire<Kept extends VoteRecord>({ receipt, past = [], ...rest }: Kept): Omit<Kept, 'receipt'> {
    const retired = { ...rest, past: [...(receipt ? [receipt] : []), ...past].slice(0, PAST_MAX) }
    this.save(retired as VoteRecord)
    return retired as Omit<Kept, 'receipt'>
  }

  /** An answer that is not on its way any more must not go again after a reload. Without it the record is smaller, so it fits. */
  #withdraw(key: string): void {
    const { answer, ...rest } = this.#read(key) ?? {}
    if (!answer) return
    try {
      this.#storage.setItem(key, JSON.stringify(rest))
    } catch {
      // A storage that can be read and takes nothing at all: the server counts what comes again once.
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
      // Forbidden for this page, since it came.
      return []
    }
  }

  #read(key: string): VoteRecord | undefined {
    try {
      const record = JSON.parse(this.#storage.getItem(key) ?? 'null') as Partial<VoteRecord> | null
      const { poll, token } = record ?? {}
      return typeof poll === 'string' && typeof token === 'string' ? (record as VoteRecord) : undefined
    } catch {
      // Written by hand, or by something else under our name: it is no record of a vote.
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

/** The one of this page, or of the process. Where there is none, where it is forbidden or lacks its methods (Node 25): memory. */
export function ownStorage(): VoteStorage {
  try {
    const { localStorage } = globalThis
    return typeof localStorage?.getItem === 'function' ? localStorage : memoryStorage()
  } catch {
    return memoryStorage()
  }
}

/** Where there is no storage: for as long as the process lives. */
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

/** Whose token it is: the `sub` of a JWT, unchecked, as only the server can check it. What is no JWT is its own viewer. */
export function viewerOf(token: string): string {
  try {
    const { sub } = JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')))
    return typeof sub === 'string' ? sub : token
  } catch {
    return token
  }
}
