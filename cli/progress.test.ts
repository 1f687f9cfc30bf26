import { expect, test } from 'bun:test'
import { until } from '../test/until.ts'
import { awaited, counted, Progress } from './progress.ts'

/** 10 things, one each 300 ms, as somebody at a terminal or a file sees them. @param sizeOf As of `counted`. */
async function seen(isTTY: boolean, sizeOf?: () => number): Promise<string> {
  let [text, nowMs] = ['', 0]
  const write = (said: string) => {
    text += said
    return true
  }
  async function* things() {
    for (let i = 0; i < 10; i++) {
      nowMs += 300
      yield i
    }
  }
  using progress = new Progress({ isTTY, write: write as never }, () => nowMs)
  const all: number[] = []
  for await (const one of counted(things(), progress, (many) => `${many} read`, sizeOf)) all.push(one)
  expect(all).toHaveLength(10)
  progress[Symbol.dispose]()
  return text
}

test('who waits at a terminal is told once a second how far it is, and the line is gone at the end', async () => {
  expect(await seen(true)).toBe('\r\x1b[K4 read\r\x1b[K8 read\r\x1b[K')
})

test('what comes some at once is counted each', async () => {
  expect(await seen(true, () => 256)).toBe('\r\x1b[K1,024 read\r\x1b[K2,048 read\r\x1b[K')
})

test('a file is told nothing', async () => {
  expect(await seen(false)).toBe('')
})

/** What a terminal or a file receives during the work. */
function seenOf(isTTY: boolean) {
  const seen = { text: '' }
  const write = (said: string) => {
    seen.text += said
    return true
  }
  return { seen, progress: new Progress({ isTTY, write: write as never }) }
}

test('what blocks until it is done is said before it begins, at a terminal alone', () => {
  for (const [isTTY, said] of [
    [true, '\r\x1b[Kcopying log.db\r\x1b[K'],
    [false, ''],
  ] as const) {
    const { seen, progress } = seenOf(isTTY)
    progress.begins('copying log.db')
    progress[Symbol.dispose]()
    expect(seen.text).toBe(said)
  }
})

test('who waits for a server is told how long it has been', async () => {
  const { seen, progress } = seenOf(true)
  const work = Promise.withResolvers<string>()
  const result = awaited(work.promise, progress, 'seal')
  await until(() => seen.text !== '')
  work.resolve('sealed')
  expect(await result).toBe('sealed')
  expect(seen.text).toContain('seal: ')
})
