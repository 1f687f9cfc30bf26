import type { ParquetWriter } from 'hyparquet-writer'
import type { ExportRow } from './export-rows.ts'

/** Rows of one group in the file: held in memory, and encoded in one turn of some milliseconds. */
const GROUP_ROWS = 5_000

type Schema = ParquetWriter['schema']

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const
const WHOLE = { type: 'INT64' } as const
const TIME = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
} as const
const TYPES: Record<keyof ExportRow, typeof TEXT | typeof WHOLE | typeof TIME> = {
  ...{ kind: TEXT, at: TIME, segment: TEXT, sticker: TEXT, poll: TEXT },
  ...{ choice: TEXT, count: WHOLE, who: TEXT, action: TEXT, detail: TEXT },
}
const COLUMNS = Object.keys(TYPES) as (keyof ExportRow)[]
const SCHEMA: Schema = [
  { name: 'root', num_children: COLUMNS.length },
  ...COLUMNS.map((name) => ({ name, repetition_type: 'REQUIRED' as const, ...TYPES[name] })),
]

/**
 * Rows as an Apache Parquet file, in parts: times are timestamps in UTC, counts 64-bit integers, texts UTF-8, compressed by
 * Snappy. It holds one group of rows at a time, plus some 100 bytes for each column of each earlier group.
 */
export async function* parquetOf(
  rows: AsyncIterable<readonly ExportRow[]>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  // Rarely used: nobody's start should wait for it.
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer')
  const writer = new ByteWriter()
  const file = new ParquetWriter({ writer, schema: SCHEMA, createdBy: 'roar' })
  const taken = () => {
    const bytes = writer.getBytes().slice()
    writer.index = 0
    return bytes
  }
  const write = (group: readonly ExportRow[]) => {
    const columnData = COLUMNS.map((name) => ({
      ...{ name, offsetIndex: false },
      data: group.map((row) => (name === 'count' ? BigInt(row.count) : row[name])),
    }))
    // Without a `flush` of the writer nothing in it is asynchronous.
    void file.write({ columnData, rowGroupSize: GROUP_ROWS })
    return taken()
  }
  let held: ExportRow[] = []
  for await (const some of rows) {
    held.push(...some)
    for (; held.length >= GROUP_ROWS; held = held.slice(GROUP_ROWS)) yield write(held.slice(0, GROUP_ROWS))
  }
  if (held.length > 0) yield write(held)
  void file.finish()
  yield taken()
}
