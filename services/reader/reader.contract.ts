import { expect, test } from 'bun:test'
import pino from 'pino'
import type { Log } from '../../adapters/log/log.ts'
import { RoarError } from '../../protocol/errors.ts'
import { cells } from '../../protocol/records/cells.ts'
import { deadLetters } from '../../protocol/records/dead-letters.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import { heldAppend } from '../../test/held-append.ts'
import type { Health } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { readRecords } from './reader.ts'

const bytes = new TextEncoder()
const NOT_RECORDS: [value: Uint8Array, reason: string][] = [
  [bytes.encode('{'), 'not a JSON object'],
  [bytes.encode('null'), 'not a JSON object'],
  [new Uint8Array(), 'not a JSON object'],
  [bytes.encode('{"show":"final\\n"}'), 'show is not an id'],
  [new Uint8Array([0xff, 0xfe]), 'not UTF-8'],
  [new Uint8Array(500_000).fill(0x20), 'not a JSON object'],
]

const cell = (choice: string) =>
  tallies.encode({ show: 'final', poll: 'mvp', segment: '', choice, mark: '', count: 1, version: 1 })

/** In a topic with one partition. */
const count = (sticker: string) =>
  cells.encode({ show: 'final', window: 250, segment: '', sticker, count: 1, version: 250 })

/** A health that records reports: `saw` resolves once the part was in that state. */
function heard() {
  const states: string[] = []
  let wake = () => {}
  const hear = (state: string) => {
    states.push(state)
    wake()
  }
  const health: Health = {
    working: () => hear('working'),
    waiting: (reason) => hear(`waiting: ${reason}`),
    failed: (cause) => hear(`failed: ${(cause as Error).message}`),
  }
  const saw = async (state: string) => {
    while (!states.includes(state)) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { health, states, saw }
}

/** What a reader of records promises on any log. @param open Opens a log whose topics are empty. */
export function readerContract(name: string, open: () => Promise<Log>): void {
  test(`a poisoned record is passed and named, on the log ${name}`, async () => {
    const log = await open()
    const lines: { topic?: string; offset?: number; reason?: string }[] = []
    const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
    const read: string[] = []
    const letters: string[] = []
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const look = () => read.length === 2 && letters.length === NOT_RECORDS.length && resolve()
    const reader = readRecords({
      log,
      codec: tallies,
      group: 'screens',
      health: UNSUPERVISED,
      handle(batch) {
        read.push(...batch.map(({ value }) => value.choice))
        look()
      },
      logger,
    })
    log.consume('dead-letters', (batch) => {
      for (const { value } of batch) {
        const letter = deadLetters.decode(value)
        if (typeof letter === 'string') throw new Error(letter)
        letters.push(letter.reason)
      }
      look()
    })
    await log.append('tallies', [cell('anna')])
    const key = 'final/mvp'
    const places = await log.append(
      'tallies',
      NOT_RECORDS.map(([value]) => ({ key, value })),
    )
    await log.append('tallies', [cell('ben')])
    await done
    expect(read.toSorted()).toEqual(['anna', 'ben'])
    expect(letters.toSorted()).toEqual(NOT_RECORDS.map(([, reason]) => reason).toSorted())
    expect(lines[0]).toMatchObject({
      topic: 'tallies',
      offset: places[0]!.offset,
      reason: NOT_RECORDS[0]![1],
    })
    await reader.close()
    await log.close()
  })

  test(`a record that cannot be read is dead-lettered once, however often its batch is tried, and whoever reads it as well, on the log ${name}`, async () => {
    const log = await open()
    const options = { log, codec: cells, health: UNSUPERVISED, logger: pino({ level: 'silent' }) }
    let failures = 0
    const reader = readRecords({
      ...options,
      group: 'screens',
      handle() {
        if (failures++ < 2) throw new RoarError('store_unavailable', 'the store does not answer')
      },
    })
    // Each process has such a reader of its own.
    const whole = readRecords(options)
    await log.append('counts', [{ key: 'final', value: NOT_RECORDS[0]![0] }, count('anna')])
    await Promise.all([reader.caughtUp(), whole.caughtUp()])
    expect(failures).toBe(3)
    expect((await log.ends('dead-letters')).reduce((sum, end) => sum + end, 0)).toBe(1)
    await reader.close()
    await log.close()
  })

  test(`a batch whose poison is being set aside while its reader goes back comes after those before it, and comes, on the log ${name}`, async () => {
    const log = await open()
    const slow = heldAppend(log)
    const read: string[] = []
    let look = () => {}
    const isRead = (times: number) =>
      new Promise<void>((resolve) => {
        look = () => void (read.filter((sticker) => sticker === 'ben').length >= times && resolve())
        look()
      })
    const seen = Promise.withResolvers<void>()
    const reader = readRecords({
      log: slow.log,
      codec: cells,
      group: 'screens',
      health: UNSUPERVISED,
      handle(batch) {
        read.push(...batch.map(({ value }) => value.sticker))
        seen.resolve()
        look()
      },
      logger: pino({ level: 'silent' }),
    })
    const [first] = await log.append('counts', [count('anna')])
    await seen.promise
    await reader.caughtUp()
    await log.append('counts', [{ key: 'final', value: NOT_RECORDS[0]![0] }, count('ben')])
    await slow.sent
    expect(reader.goBack(first!.offset)).toBe(first!.offset + 1)
    slow.letThrough()
    await isRead(1)
    expect(read).toEqual(['anna', 'anna', 'ben'])
    await reader.caughtUp()
    await new Promise((turn) => setImmediate(turn))
    // A reader that waits gets its next batch while it goes back.
    reader.goBack(first!.offset)
    await isRead(2)
    expect(read).toEqual(['anna', 'anna', 'ben', 'anna', 'ben'])
    await reader.close()
    await log.close()
  })

  test(`whoever stands for a reader hears that it stopped, and why, on the log ${name}`, async () => {
    const log = await open()
    const { health, saw } = heard()
    const logger = pino({ level: 'silent' })
    const handle = () => {
      throw new Error('the board is broken')
    }
    const reader = readRecords({ log, codec: tallies, group: 'screens', handle, health, logger })
    await log.append('tallies', [cell('anna')])
    await saw('failed: the board is broken')
    await reader.close()
    await log.close()
  })

  test(`whoever stands for a reader hears what it waits for, and that it goes on, on the log ${name}`, async () => {
    const log = await open()
    const { health, states, saw } = heard()
    const logger = pino({ level: 'silent' })
    let isStoreAway = true
    const handle = () => {
      if (isStoreAway) throw new RoarError('store_unavailable', 'the store does not answer')
    }
    const reader = readRecords({ log, codec: tallies, group: 'screens', handle, health, logger })
    await saw('working')
    await log.append('tallies', [cell('anna')])
    await saw('waiting: the store does not answer')
    states.length = 0
    isStoreAway = false
    await saw('working')
    await reader.close()
    await log.close()
  })
}
