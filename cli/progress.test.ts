import { expect, test } from 'bun:test'
import { counted, Progress } from './progress.ts'

/** 10 things, one each 300 ms, as somebody at a terminal or a file sees them. */
async function seen(isTTY: boolean): Promise<string> {
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
  for await (const one of counted(things(), progress, (many) => `${many} read`)) all.push(one)
  expect(all).toHaveLength(10)
  progress[Symbol.dispose]()
  return text
}

test('who waits at a terminal is told once a second how far it is, and the line is gone at the end', async () => {
  expect(await seen(true)).toBe('\r\x1b[K4 read\r\x1b[K8 read\r\x1b[K')
})

test('a file is told nothing', async () => {
  expect(await seen(false)).toBe('')
})
