import { type FileHandle, open } from 'node:fs/promises'
import { inDiskTurn } from '../../adapters/disk-turn.ts'
import { replacedFile } from '../../adapters/replace-file.ts'
import { HASH_BYTES } from '../../engine/polls/merkle.ts'
import {
  encodeFrame,
  type FrameHead,
  type FrameReader,
  hashOf,
  lengthOf,
  PREFIX_BYTES,
  readFrame,
  type VoterRows,
} from '../../engine/polls/voter-frames.ts'
import { sha256 } from '../sha256.ts'

const START = new Uint8Array(HASH_BYTES)

/** An append-only file of frames. */
export class VoterChain {
  readonly #file: FileHandle
  #bytes = 0
  /** Buffer of the frame being read: allocating one for each would cost as much as reading it. */
  #room = new Uint8Array(0)
  #hash: Uint8Array = START
  #rows = 0
  #appended = 0

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** Opens an existing file; undefined if there is none. */
  static async open(path: string): Promise<VoterChain | undefined> {
    try {
      return new VoterChain(await inDiskTurn(() => open(path, 'r+')))
    } catch (cause) {
      if ((cause as { code?: string }).code === 'ENOENT') return undefined
      throw cause
    }
  }

  /** Writes a new file, which replaces the old one once it is complete and on the disk. */
  static replace(path: string, write: (chain: VoterChain) => Promise<void>): Promise<VoterChain> {
    return replacedFile(path, async (file) => {
      const chain = new VoterChain(file)
      await write(chain)
      return chain
    })
  }

  get rows(): number {
    return this.#rows
  }

  /** Rows appended since the file was written. */
  get appended(): number {
    return this.#appended
  }

  /** Reads on to the end of the chain, and truncates the file there. Returns the last head; undefined: there is no frame. */
  async read(reader: FrameReader): Promise<FrameHead | undefined> {
    let last: FrameHead | undefined
    for (;;) {
      const frame = await this.#next()
      const head = frame && readFrame(sha256, frame, this.#hash, reader)
      if (frame === undefined || head === undefined) break
      last = head
      const rows = head.polls.reduce((sum, [, count]) => sum + count, 0)
      this.#follow(frame, { rows, next: head.next })
    }
    await inDiskTurn(() => this.#file.truncate(this.#bytes))
    return last
  }

  async #next(): Promise<Uint8Array | undefined> {
    const prefix = await this.#at(PREFIX_BYTES)
    const length = prefix && lengthOf(prefix)
    return length === undefined ? undefined : this.#at(length)
  }

  /** The next bytes, valid until the next read; undefined if there are fewer. */
  async #at(length: number): Promise<Uint8Array | undefined> {
    if (this.#room.length < length) this.#room = new Uint8Array(length)
    const bytes = this.#room.subarray(0, length)
    const { bytesRead } = await inDiskTurn(() => this.#file.read(bytes, 0, length, this.#bytes))
    return bytesRead === length ? bytes : undefined
  }

  async append(
    head: Pick<FrameHead, 'next' | 'last'> & { polls: ReadonlyMap<string, VoterRows> },
  ): Promise<void> {
    const frame = encodeFrame(sha256, head, this.#hash)
    for (let done = 0; done < frame.length; ) {
      const write = () => this.#file.write(frame, done, frame.length - done, this.#bytes + done)
      done += (await inDiskTurn(write)).bytesWritten
    }
    const rows = [...head.polls.values()].reduce((sum, { count }) => sum + count, 0)
    this.#follow(frame, { rows, next: head.next })
  }

  #follow(frame: Uint8Array, { rows, next }: { rows: number; next: number }): void {
    this.#bytes += frame.length
    this.#hash = hashOf(frame).slice()
    this.#rows += rows
    if (next !== 0) this.#appended += rows
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
