import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { watchStore } from './store-watch.ts'

test.each(['written', 'read'])(
  'a store that cannot be %s is reported without anybody asking, and so is its return',
  async (can) => {
    const clock = new ManualClock(1_000)
    const told: string[] = []
    let fault: Error | undefined
    const failIf = (isAsked: boolean) => {
      if (isAsked && fault) throw fault
    }
    const stop = watchStore({
      store: {
        probe: async () => failIf(can === 'written'),
        async term() {
          failIf(can === 'read')
          return 1
        },
      },
      clock,
      health: {
        working: () => void told.push('working'),
        waiting: (reason) => void told.push(reason),
        failed: () => void told.push('failed'),
      },
    })
    const pass = async () => {
      clock.advance(2_000)
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    }
    await pass()
    fault = new Error('the disk is full')
    await pass()
    await pass()
    fault = undefined
    await pass()
    stop()
    const all = told.length
    await pass()
    expect(told.length).toBe(all)
    expect(told.filter((word, i) => word !== told[i - 1])).toEqual(['working', 'the disk is full', 'working'])
  },
)
