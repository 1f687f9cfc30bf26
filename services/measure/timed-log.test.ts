import { expect, test } from 'bun:test'
import { systemClock } from '../../adapters/clock/clock.ts'
import { logContract } from '../../adapters/log/log.contract.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { timedLog } from './timed-log.ts'

let current: MemoryLog

logContract('in memory, timed', async () => ({
  open: async () => {
    current = new MemoryLog({ clock: systemClock, recordsMax: 250, drainMs: 300 })
    const { log } = timedLog(current)
    return { log, peer: log }
  },
  outage: {
    begin: async () => current.switchTo('down'),
    end: async () => current.switchTo('up'),
  },
}))

test('dead letters are counted once they are in the log', async () => {
  const memory = new MemoryLog({ clock: systemClock })
  const { log, deadLetters } = timedLog(memory)
  const record = { key: null, value: new Uint8Array(1) }
  await log.append('posts', [record])
  expect(deadLetters()).toBe(0)
  await log.append('dead-letters', [record, record])
  memory.switchTo('down')
  await log.append('dead-letters', [record]).catch(() => {})
  expect(deadLetters()).toBe(2)
  await log.close()
})

test('appends are timed by topic, and those that were refused are not', async () => {
  const memory = new MemoryLog({ clock: systemClock })
  let nowMs = 0
  const { log, durations } = timedLog(memory, () => (nowMs += 20))
  const record = { key: null, value: new Uint8Array(1) }
  await log.append('reactions', [record])
  await log.append('reactions', [record, record])
  await log.append('posts', [record])
  memory.switchTo('down')
  await log.append('posts', [record]).catch(() => {})
  const timed = durations().map(({ labels, buckets, sumS }) => [labels.topic, buckets.at(-1)![1], sumS])
  expect(timed).toEqual([
    ['reactions', 2, 0.04],
    ['posts', 1, 0.02],
  ])
  await log.close()
})
