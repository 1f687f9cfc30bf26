import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { type Cell, cellKey } from '../protocol/cell.ts'
import { slices } from '../protocol/records/slices.ts'
import type { Slice } from '../protocol/slice.ts'
import { ReactionWindows } from './reaction-windows.ts'

interface Vector {
  name: string
  windowMs: number
  /** Each a slice, or the text of a record that may be none. */
  records: { timestampMs: number; slice?: Slice; text?: string }[]
  cells: Omit<Cell, 'version'>[]
  /** Why records were set aside, in their order. */
  faults?: string[]
}

const FOLDER = new URL('../protocol/vectors/', import.meta.url)

describe('golden vectors: every aggregation gives these cells', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
    const vector = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Vector
    test(vector.name, () => {
      const windows = new ReactionWindows({ windowMs: vector.windowMs })
      const newest = new Map<string, Cell>()
      const faults: string[] = []
      for (const [i, { slice, text, timestampMs }] of vector.records.entries()) {
        const parsed = slices.decode(new TextEncoder().encode(text ?? JSON.stringify(slice)))
        if (typeof parsed === 'string') faults.push(parsed)
        else windows.add(parsed, timestampMs)
        for (const cell of windows.changed(timestampMs + i)) newest.set(cellKey(cell), cell)
        windows.settle()
      }
      const cells = [...newest.values()].map(({ version: _, ...cell }) => JSON.stringify(cell))
      expect(cells.toSorted()).toEqual(vector.cells.map((cell) => JSON.stringify(cell)).toSorted())
      expect(faults).toEqual(vector.faults ?? [])
    })
  }
})
