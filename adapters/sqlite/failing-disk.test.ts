import { dlopen, FFIType } from 'bun:ffi'
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQL } from 'bun'
import { seededRandom } from '../../load/random.ts'
import { type Disturbance, everyWriteDisturbed } from '../store/writes.contract.ts'
import { openSqliteStore } from './store-sqlite.ts'

/** `CUTS=all` fails each write at each page; otherwise each at one, by `SEED`. */
const ALL_CUTS = process.env.CUTS === 'all'
const PAGES_MAX = 20
/** A page and the head of its frame in the WAL. */
const FRAME_BYTES = 4096 + 24
const RLIMIT_FSIZE = 1
const SIGXFSZ = 25
const SIG_IGN = 1

/** Makes every write of this process beyond a place in its file fail, as on a disk that is full. @returns what ends it */
function limitFiles() {
  const { symbols } = dlopen('libc.so.6', {
    getrlimit: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    setrlimit: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    signal: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.ptr },
  })
  symbols.signal(SIGXFSZ, SIG_IGN as never)
  const before = new BigUint64Array(2)
  symbols.getrlimit(RLIMIT_FSIZE, before)
  return (bytes: number) => {
    expect(symbols.setrlimit(RLIMIT_FSIZE, new BigUint64Array([BigInt(bytes), before[1]!]))).toBe(0)
    return () => symbols.setrlimit(RLIMIT_FSIZE, before)
  }
}

test.skipIf(process.platform !== 'linux')(
  'a disk that fails at any page of any write leaves nothing half written, and nothing doubled',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roar-store-'))
    const filename = join(folder, 'roar.db')
    const store = await openSqliteStore(filename)
    const sql = new SQL({ adapter: 'sqlite', filename })
    const rows: { name: string }[] = await sql`SELECT name FROM sqlite_master WHERE type = 'table'`
    const tables = rows
      .map(({ name }) => name)
      .filter((name) => !['schema_versions', 'trail_turns'].includes(name))
    const limit = limitFiles()
    const failing = (pages: number): Disturbance => ({
      name: `room for ${pages} pages`,
      isBrief: false,
      async begin() {
        // The WAL begins anew, so that its pages can be counted.
        await sql.unsafe('PRAGMA wal_checkpoint(TRUNCATE)')
        const end = limit(pages * FRAME_BYTES)
        return () => {
          end()
          return true
        }
      },
    })
    const random = seededRandom(Number(process.env.SEED ?? 1))
    const all = Array.from({ length: PAGES_MAX }, (_, pages) => failing(pages))
    const some = () => [all[Math.floor(random() * 8)]!]
    await everyWriteDisturbed({ store, sql, tables, disturb: () => [ALL_CUTS ? all : some()] })
    await sql.close()
    await store.close()
    rmSync(folder, { recursive: true })
  },
)
