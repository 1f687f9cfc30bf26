import type { Suspect } from '../../protocol/cohorts.ts'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import type { BallotPlace, Certificate, MarkOpening, Poll } from '../../protocol/polls.ts'
import type { AuditEntry, TrailEntry } from '../../protocol/trail.ts'

/** A run of a sealed poll's leaves, in the tree's order: what inclusion proofs are made from. */
export interface LeafChunk {
  /** Leaves of chunk n are those from n x `LEAVES_PER_CHUNK`. */
  chunk: number
  /** Earliest and latest receive time in it: ballot ids begin with theirs, so a ballot is looked for in few chunks. */
  from: number
  to: number
  ballots: string[]
  /** Where each stands in the log. None: a program before this one has sealed the poll. */
  places: BallotPlace[]
  /** 32 bytes each. */
  hashes: Uint8Array[]
  marks: MarkOpening[]
  /** Of the complete tree over this chunk. */
  root: Uint8Array
}

/** A key that signs receipts and certificates, as it is kept: private. */
export interface StoredSigningKey {
  kid: string
  /** It signs what is received from this time on, milliseconds since 1970, until a newer key does. */
  from: number
  /** The private key as a JWK (RFC 8037). */
  jwk: string
}

/** What says in which chunks a ballot can be, and leads from a chunk's root up to the tree's: all chunks in their order. */
export type LeafIndex = Pick<LeafChunk, 'from' | 'to' | 'root'>[]

/** How many ballots a tree has, and its root in base64. */
export interface StoredTreeHead {
  size: number
  root: string
}

/** Where a log of ballots ends. */
export interface BallotsReach {
  /** Offsets of all partitions together. */
  next: number
  /** The hash of the record before it in base64, where there is one partition; else empty. */
  last: string
}

/**
 * How a document is written: whole, in the place of the version that it was made from, so that of two who change one at the
 * same moment the second finds out and decides again on what the first has left.
 */
export interface Replacing {
  /** The version that the store must have; 0: none. */
  replaces: number
  /** What was done, for the trail. Absent: a step on the way to what is done next. */
  entry?: AuditEntry | undefined
}

/** What one process saw of a place, in one poll. */
export interface StoredSuspect {
  show: string
  poll: string
  /** One life of the process's memory of the poll: another begins its counts anew. */
  watch: string
  suspect: Suspect
}

/** Suspects of one poll that are kept: those with the most ballots in quarantine. */
export const SUSPECTS_MAX = 500

/** A power of two, so that a full chunk is a complete subtree. A proof hashes one chunk anew, so it is small. */
export const LEAVES_PER_CHUNK = 256

/** The polls' part of the store. */
export interface PollStore {
  all(): Promise<Poll[]>
  /** Also one that was wiped. */
  find(show: string, poll: string): Promise<Poll | undefined>
  /**
   * Writes the poll and what was done in one transaction; with a seal also its certificate. A second certificate of a poll
   * replaces nothing: it rejects. One that is wiped loses its certificate, its leaves, its tree's head and the key of its voters.
   * @returns false, and nothing is written, when the store has another version than it replaces.
   */
  save(poll: Poll, write: Replacing & { certificate?: Certificate | undefined }): Promise<boolean>
  /** Entries of a show's audit trail before the `before`th, newest first, at most `limit`. Default: the newest. */
  trail(show: string, page: { before?: number | undefined; limit: number }): Promise<TrailEntry[]>
  /** Appends to a show's audit trail what is not among its newest entries: the same act, of the same millisecond, is one. */
  record(show: string, entry: AuditEntry): Promise<void>
  /** The key of the poll's voters, or undefined when it was forgotten or never made. */
  voterKey(show: string, poll: string): Promise<Uint8Array | undefined>
  /** A key that is there stays: a poll's making may be tried again after it went wrong half way. */
  saveVoterKey(show: string, poll: string, key: Uint8Array): Promise<void>
  /**
   * Deletes the key so that the file no longer holds it: from here on nobody finds a voter. Harmless again.
   * @throws RoarError store_unavailable while another program reads the file: its bytes are there until it is called again
   */
  forgetVoterKey(show: string, poll: string): Promise<void>
  /** All keys that ever signed, oldest first. */
  signingKeys(): Promise<StoredSigningKey[]>
  /**
   * Of two keys that begin at the same time the first stays, and the other is not kept.
   * @param entry Of the trail, written where the key is.
   */
  saveSigningKey(key: StoredSigningKey, entry?: AuditEntry): Promise<void>
  /**
   * Writes a key anew. @param entry Of the trail, written where the key is.
   * @returns false, and nothing is written, where the store has it otherwise than `before`.
   */
  replaceSigningKey(before: StoredSigningKey, key: StoredSigningKey, entry?: AuditEntry): Promise<boolean>
  certificate(show: string, poll: string): Promise<Certificate | undefined>
  /** How far the log of ballots reached when somebody last looked; 0: nobody ever did. */
  ballotsEnd(): Promise<BallotsReach>
  /** @returns false, and nothing is written, where somebody else has looked since `before`, and has seen something else. */
  saveBallotsEnd(reach: BallotsReach, before: BallotsReach): Promise<boolean>
  /** The largest tree of the poll's ballots that a head was signed of; undefined: none was. */
  treeHead(show: string, poll: string): Promise<StoredTreeHead | undefined>
  /** Before the head is signed. A smaller one than is there replaces nothing. */
  saveTreeHead(show: string, poll: string, head: StoredTreeHead): Promise<void>
  /**
   * Writes what was seen of places, in the place of what the same watch saw before; less than is there replaces nothing. Each place
   * of a watch once. Beyond
   * `SUSPECTS_MAX` of a poll those with the fewest ballots in quarantine are deleted.
   */
  saveSuspects(suspects: readonly StoredSuspect[]): Promise<void>
  /** Those with the most ballots in quarantine first. */
  suspects(show: string, poll: string): Promise<Suspect[]>
  /**
   * Writes what somebody asks for in the place of what was asked for the same poll, or of the same show, before.
   * @returns false, and nothing is written, where that is another one, or was decided since
   */
  saveRequest(
    request: DecisionRequest,
    write: { replaces: DecisionRequest | undefined; entry: AuditEntry },
  ): Promise<boolean>
  /** Of one show, decided or not. */
  requests(show: string): Promise<DecisionRequest[]>
  /** Writes how a request was decided. @returns false, and nothing is written, where it does not wait any more. */
  decideRequest(request: DecisionRequest, entry: AuditEntry): Promise<boolean>
  /**
   * Writes leaves in one transaction, before their certificate. A seal that was tried again, or that another studio makes at the
   * same moment, writes the same ones or fewer: a chunk with fewer than is there replaces nothing.
   */
  saveLeaves(show: string, poll: string, chunks: LeafChunk[]): Promise<void>
  leafIndex(show: string, poll: string): Promise<LeafIndex>
  leaves(show: string, poll: string, chunk: number): Promise<LeafChunk | undefined>
}
