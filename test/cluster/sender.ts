import type { Log } from '../../adapters/log/log.ts'
import { slices as sliceRecords } from '../../protocol/records/slices.ts'
import type { Slice } from '../../protocol/slice.ts'

/** Sends slices of a few stickers and segments, every fifth twice, like a producer that retries after a lost answer. */
export class Sender {
  readonly #log: Log
  #sequence = 0
  accepted = 0

  constructor(log: Log) {
    this.#log = log
  }

  async send(slices: number): Promise<void> {
    for (let i = 0; i < slices; i++) {
      const slice: Slice = {
        show: 'final',
        producer: 'in-1',
        sequence: ++this.#sequence,
        from: 0,
        to: 0,
        segment: ['', 'home', 'home'],
        sticker: ['heart', 'heart', 'six'],
        count: [1 + (i % 7), 10, 100],
      }
      const record = sliceRecords.encode(slice)
      await this.#log.append('reactions', [record])
      if (i % 5 === 0) await this.#log.append('reactions', [record])
      this.accepted += 111 + (i % 7)
      await Bun.sleep(20)
    }
  }
}
