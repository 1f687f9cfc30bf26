import { expect, test } from 'bun:test'
import pino from 'pino'
import { connectionsFor, openFilesMax } from './open-files.ts'

function limited(wanted: number, nofile: number | undefined) {
  const lines: string[] = []
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  return { ...connectionsFor(wanted, { logger, nofile }), lines }
}

test('an edge takes no more viewers than the process may open sockets, and says so', () => {
  const { connectionsMax, turnedAwayMax, lines } = limited(100_000, 300)
  expect(connectionsMax + turnedAwayMax!).toBeLessThan(300 - 50)
  expect(lines).toEqual([
    'this process may open 300 files and sockets (ulimit -n), so its edge takes 200 viewers and not 100000',
  ])
  expect(limited(100, 20_000)).toMatchObject({ connectionsMax: 100, lines: [] })
  expect(limited(100_000, 1_048_576)).toMatchObject({ connectionsMax: 100_000, lines: [] })
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
