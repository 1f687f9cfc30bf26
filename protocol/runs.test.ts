import { expect, test } from 'bun:test'
import { filedAs, runInPacket } from './runs.ts'

test('a packet names its run from the second on: a show without rehearsals has but one', () => {
  expect([
    runInPacket({}),
    runInPacket({ run: 1 }),
    runInPacket({ run: 2 }),
    runInPacket({ run: 3 }),
  ]).toEqual([{}, {}, { run: 2 }, { run: 3 }])
})

test('the first run is filed under the id of its show alone', () => {
  expect(filedAs({ show: 'final' })).toBe(filedAs({ show: 'final', run: 1 }))
  expect(filedAs({ show: 'final', run: 2 })).toBe('final~2')
})
