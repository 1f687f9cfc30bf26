import type { Suspect } from '../../protocol/cohorts.ts'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import type { BallotPlace, Certificate, MarkOpening, Poll } from '../../protocol/polls.ts'
import type { AuditEntry, TrailEntry } from '../../protocol/trail.ts'

/** Consecutive leaves of a sealed poll, in tree order: inclusion proofs are made from them. */
export interface LeafChunk {
  /** Leaves of chunk n are those from n x `LEAVES_PER_CHUNK`. */
  chunk: number
  /** Earliest and latest receive time in it: ballot ids begin with theirs, which limits the chunks to search. */
  from: number
  to: number
  ballots: string[]
  /** Each one's place in the log. Empty: an older program sealed the poll. */
  places: BallotPlace[]
  /** 32 bytes each. */
  hashes: Uint8Array[]
  marks: MarkOpening[]
  /** Root of the tree over this chunk. */
  root: Uint8Array
}

/** A key that signs receipts and certificates, as stored: private. */
export interface StoredSigningKey {
  kid: string
  /** It signs what is received from this time on, milliseconds since 1970, until a newer key takes over. */
  from: number
  /** The private key as a JWK (RFC 8037). */
  jwk: string
}

/** Tells which chunks may contain a ballot, and leads from a chunk's root to the tree's: all chunks in order. */
export type LeafIndex = Pick<LeafChunk, 'from' | 'to' | 'root'>[]

/** The size of a tree, and its root in base64. */
export interface StoredTreeHead {
  size: number
  root: string
}

/** The end of a log of ballots. */
export interface BallotsReach {
  /** Sum of the offsets of all partitions. */
  next: number
  /** The hash of the record before it in base64, if there is one partition; else empty. */
  last: string
}

/**
 * A document is written whole, replacing the version it was based on: of two concurrent changes the second fails and is decided
 * again on the first one's result.
 */
export interface Replacing {
  /** The version that the store must have; 0: none. */
  replaces: number
  /** The audit entry. Absent: an intermediate step. */
  entry?: AuditEntry | undefined
}

/** What one process saw of a place, in one poll. */
export interface StoredSuspect {
  show: string
  poll: string
  /** Identifies one watch of the poll in a process's memory: another one counts from zero. */
  watch: string
  suspect: Suspect
}

/** Suspects kept for each poll: those with the most quarantined ballots. */
export const SUSPECTS_MAX = 500

/** A power of two, so that a full chunk is a complete subtree. Small, because a proof hashes one chunk. */
export const LEAVES_PER_CHUNK = 256

/** The polls' part of the store. */
export interface PollStore {
  all(): Promise<Poll[]>
  /** Also if it was wiped. */
  find(show: string, poll: string): Promise<Poll | undefined>
  /**
   * Writes the poll and the audit entry in one transaction; with a seal also its certificate. A second certificate of a poll is
   * rejected. A wiped poll loses its certificate, its leaves, its tree's head and its voters' key.
   * @returns false, without writing, if the stored version is not the one it replaces
   */
  save(poll: Poll, write: Replacing & { certificate?: Certificate | undefined }): Promise<boolean>
  /** Entries of a show's audit trail before the `before`th, newest first, at most `limit`. Default: the newest. */
  trail(show: string, page: { before?: number | undefined; limit: number }): Promise<TrailEntry[]>
  /**
   * Appends to a show's audit trail unless the entry is among its newest: the same action at the same millisecond counts once.
   */
  record(show: string, entry: AuditEntry): Promise<void>
  /** The key of the poll's voters, or undefined when it was forgotten or never made. */
  voterKey(show: string, poll: string): Promise<Uint8Array | undefined>
  /** An existing key stays: a failed creation of a poll may be retried. */
  saveVoterKey(show: string, poll: string, key: Uint8Array): Promise<void>
  /**
   * Deletes the key so that the file no longer contains it: from then on no voter can be found. Idempotent.
   * @throws RoarError store_unavailable while another program is reading the file: its bytes remain until the next call
   */
  forgetVoterKey(show: string, poll: string): Promise<void>
  /** All keys that ever signed, oldest first. */
  signingKeys(): Promise<StoredSigningKey[]>
  /**
   * Of two keys with the same start the first stays, and the other is not stored.
   * @param entry An audit entry, written together with the key.
   */
  saveSigningKey(key: StoredSigningKey, entry?: AuditEntry): Promise<void>
  /**
   * Replaces a key. @param entry An audit entry, written together with it.
   * @returns false, without writing, if the stored key is not `before`
   */
  replaceSigningKey(before: StoredSigningKey, key: StoredSigningKey, entry?: AuditEntry): Promise<boolean>
  certificate(show: string, poll: string): Promise<Certificate | undefined>
  /** How far the log of ballots reached when it was last recorded; 0: never. */
  ballotsEnd(): Promise<BallotsReach>
  /** @returns false, without writing, if somebody else has recorded another end since `before` */
  saveBallotsEnd(reach: BallotsReach, before: BallotsReach): Promise<boolean>
  /** The largest tree of the poll's ballots with a signed head; undefined: none. */
  treeHead(show: string, poll: string): Promise<StoredTreeHead | undefined>
  /** Called before the head is signed. A smaller one replaces nothing. */
  saveTreeHead(show: string, poll: string, head: StoredTreeHead): Promise<void>
  /**
   * Writes what was seen of places, replacing what the same watch wrote before, unless that had more. Each place of a watch once.
   * Beyond `SUSPECTS_MAX` of a poll those with the fewest quarantined ballots are deleted.
   */
  saveSuspects(suspects: readonly StoredSuspect[]): Promise<void>
  /** Most quarantined ballots first. */
  suspects(show: string, poll: string): Promise<Suspect[]>
  /**
   * Writes a request, replacing an earlier one for the same poll, or for the same show.
   * @returns false, without writing, if that is a different one, or was decided meanwhile
   */
  saveRequest(
    request: DecisionRequest,
    write: { replaces: DecisionRequest | undefined; entry: AuditEntry },
  ): Promise<boolean>
  /** All requests of one show, decided or not. */
  requests(show: string): Promise<DecisionRequest[]>
  /** Writes a decision. @returns false, without writing, if the request no longer waits */
  decideRequest(request: DecisionRequest, entry: AuditEntry): Promise<boolean>
  /**
   * Writes leaves in one transaction, before their certificate. A repeated seal, or one by another studio at the same moment,
   * writes the same ones or fewer: a chunk with fewer leaves than the stored one replaces nothing.
   */
  saveLeaves(show: string, poll: string, chunks: LeafChunk[]): Promise<void>
  leafIndex(show: string, poll: string): Promise<LeafIndex>
  leaves(show: string, poll: string, chunk: number): Promise<LeafChunk | undefined>
}
