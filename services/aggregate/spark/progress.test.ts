import { expect, test } from 'bun:test'
import { parseProgress } from './progress.ts'

test('a batch is read as plain numbers, summed over its operators', () => {
  const state = { numRowsTotal: 30, memoryUsedBytes: 8832, numRowsDroppedByWatermark: 2 }
  const json = JSON.stringify({
    batchId: 7,
    durationMs: { triggerExecution: 412 },
    stateOperators: [
      { ...state, customMetrics: {} },
      { ...state, customMetrics: { numDroppedDuplicateRows: 5 } },
    ],
    sink: { numOutputRows: 3 },
    sources: [
      {
        // Spark gives offsets as text in this text.
        endOffset: '{"roar-reactions":{"0":26,"1":30}}',
        latestOffset: '{"roar-reactions":{"0":27,"1":34}}',
        numInputRows: 60,
        processedRowsPerSecond: 146.5,
      },
    ],
  })
  expect(parseProgress(json)).toEqual({
    batchId: 7,
    batchMs: 412,
    rows: 60,
    rowsPerSecond: 146.5,
    lagRecords: 5,
    lateRows: 4,
    repeats: 5,
    stateRows: 60,
    stateBytes: 17_664,
    written: 3,
  })
})

test('a sink that does not say what it wrote wrote nothing', () => {
  expect(parseProgress('{"batchId":0,"sink":{"numOutputRows":-1}}').written).toBe(0)
})

test('what another version of Spark leaves out counts as 0', () => {
  expect(parseProgress('{"batchId":0,"sources":[{"numInputRows":"NaN"}]}')).toEqual({
    batchId: 0,
    ...{
      batchMs: 0,
      rows: 0,
      rowsPerSecond: 0,
      lagRecords: 0,
      lateRows: 0,
      repeats: 0,
      stateRows: 0,
      stateBytes: 0,
      written: 0,
    },
  })
})
