import { expect, test } from 'bun:test'
import { endOf } from './end-of.ts'

test('a program that a signal has ended is noticed as one that ended by itself', async () => {
  const [killed, failed, running] = [1, 2, 3].map(() =>
    Bun.spawn(['sh', '-c', 'read line; exit 3'], { stdin: 'pipe' }),
  )
  killed!.kill('SIGKILL')
  failed!.stdin.end()
  await Promise.all([killed!.exited, failed!.exited])
  expect([killed, failed, running].map((each) => endOf(each!))).toEqual(['SIGKILL', 3, null])
  running!.kill()
  await running!.exited
})
