import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { SqliteLog } from '../../adapters/sqlite/log-sqlite.ts'
import { cells } from '../../protocol/records/cells.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { readerContract } from './reader.contract.ts'
import { readRecords } from './reader.ts'

const folder = mkdtempSync(join(tmpdir(), 'roar-reader-'))
afterAll(() => rmSync(folder, { recursive: true }))

readerContract('in memory', async () => new MemoryLog({ clock: systemClock }))
let files = 0
readerContract(
  'in SQLite',
  async () => new SqliteLog(join(folder, `log-${files++}.db`), { clock: systemClock }),
)

test('records that the log has lost are logged, with their topic', async () => {
  const log = new MemoryLog({ clock: systemClock })
  const consume = log.consume.bind(log)
  log.consume = (topic, handle, options) => {
    options?.onLoss?.('offsets 3 to 7 were deleted')
    return consume(topic, handle, options)
  }
  const lines: string[] = []
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line).msg) })
  const reader = readRecords({ log, codec: cells, health: UNSUPERVISED, logger })
  expect(lines).toEqual(['records of counts are lost: offsets 3 to 7 were deleted'])
  await reader.close()
})
