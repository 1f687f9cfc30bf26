import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../adapters/clock/clock.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { SqliteLog } from '../../adapters/sqlite/log-sqlite.ts'
import { readerContract } from './reader.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'roar-reader-'))
afterAll(() => rmSync(folder, { recursive: true }))

readerContract('in memory', async () => new MemoryLog({ clock: systemClock }))
readerContract('in SQLite', async () => new SqliteLog(join(folder, 'log.db'), { clock: systemClock }))
