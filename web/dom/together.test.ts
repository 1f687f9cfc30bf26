import { expect, test } from 'bun:test'
import { isSlow, together } from './together.ts'

test('what several packets write is written in one task, in their order, and not while they come', async () => {
  for (const round of ['first', 'second']) {
    const order: string[] = []
    const over = new Promise<void>((resolve) => {
      together(() => {
        order.push('mood')
        setTimeout(() => {
          order.push('the next task')
          resolve()
        })
      })
    })
    together(() => order.push('feed'))
    expect([round, ...order]).toEqual([round])
    await over
    expect([round, ...order]).toEqual([round, 'mood', 'feed', 'the next task'])
  }
})

test('what a crowd changes waits, and goes along with what would be seen to stutter', async () => {
  const order: string[] = []
  const written = (what: string, everyMs?: number) =>
    new Promise<void>((resolve) => {
      together(() => {
        order.push(what)
        resolve()
      }, everyMs)
    })
  const timer = (ms: number) =>
    new Promise<void>((resolve) => {
      setTimeout(() => {
        order.push(`after ${ms} ms`)
        resolve()
      }, ms)
    })
  await written('first')
  await Promise.all([written('the crowd'), written('what moves', 0), timer(400)])
  await Promise.all([timer(10), written('the crowd')])
  expect(order).toEqual(['first', 'the crowd', 'what moves', 'after 400 ms', 'after 10 ms', 'the crowd'])
})

test('a device is slow while what is written takes long', async () => {
  const write = (ms: number) =>
    new Promise<void>((resolve) => {
      together(() => {
        const until = performance.now() + ms
        while (performance.now() < until);
        setTimeout(resolve)
      }, 0)
    })
  while (isSlow()) await write(0)
  while (!isSlow()) await write(20)
  while (isSlow()) await write(0)
})
