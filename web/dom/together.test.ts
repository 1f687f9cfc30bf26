import { expect, test } from 'bun:test'
import { together } from './together.ts'

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
