import { expect, test } from 'bun:test'
import { connectionsFor, laneFilesFor, openFilesMax } from './open-files.ts'

test('an edge takes no more viewers than the process may open sockets, and keeps some to refuse the others', () => {
  const { connectionsMax, turnedAwayMax } = connectionsFor(0, 300)
  expect(connectionsMax).toBe(200)
  expect(connectionsMax + turnedAwayMax!).toBeLessThan(300 - 50)
  // Probes and all other requests come in beside as many viewers as there may be.
  expect(laneFilesFor(300)).toBe(250)
  expect(connectionsFor(100, 20_000)).toMatchObject({ connectionsMax: 100 })
  expect(connectionsFor(0, 10_000_000)).toMatchObject({ connectionsMax: 1_000_000 })
})

test('more than that is a start that cannot be', () => {
  expect(() => connectionsFor(100_000, 300)).toThrow(
    'edge-connections: 100000 is more than the 200 that ulimit -n leaves: this process may open 300 files and sockets',
  )
})

test('where not one viewer would fit, the start says so', () => {
  expect(() => connectionsFor(0, 64)).toThrow(
    'edge-connections: ulimit -n leaves none: this process may open 64 files and sockets, and keeps 100 for everything else',
  )
})

test('the limit is read as the system writes it, and is none where it writes none', () => {
  expect(
    openFilesMax(() => 'Max open files            20000                20000                files     \n'),
  ).toBe(20_000)
  expect(
    openFilesMax(() => 'Max open files            unlimited            unlimited            files     \n'),
  ).toBeUndefined()
  expect(
    openFilesMax(() => {
      throw new Error('no such file')
    }),
  ).toBeUndefined()
})
