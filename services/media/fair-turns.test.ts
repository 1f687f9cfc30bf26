import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { FairTurns, TooManyWait } from './fair-turns.ts'

/** Work that ends when it is told to, and says when it began. */
function bench(turns: FairTurns) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const bring = (account: string, name: string) =>
    turns.take(account, () => {
      begun.push(name)
      return new Promise<void>((end) => ends.set(name, end))
    })
  return {
    begun,
    bring,
    async end(name: string) {
      ends.get(name)!()
      ends.delete(name)
      await Bun.sleep(0)
    },
    underWay: () => [...ends.keys()],
  }
}

test('what one account brings is waited for by that account alone', async () => {
  const { begun, bring, end } = bench(new FairTurns({ atOnce: 2, waitingMax: 16, ofOneMax: 4 }))
  const bombs = ['bomb-1', 'bomb-2', 'bomb-3'].map((name) => bring('eve', name))
  const own = bring('ann', 'flag')
  expect(begun).toEqual(['bomb-1', 'flag'])
  await end('flag')
  await own
  // The second place stays free for others, whatever waits of the first.
  const late = bring('ben', 'ball')
  expect(begun).toEqual(['bomb-1', 'flag', 'ball'])
  await end('bomb-1')
  await end('bomb-2')
  await end('ball')
  await end('bomb-3')
  await Promise.all([...bombs, late])
  expect(begun).toEqual(['bomb-1', 'flag', 'ball', 'bomb-2', 'bomb-3'])
})

test('work that fails gives its turn on', async () => {
  const turns = new FairTurns({ atOnce: 1, waitingMax: 1, ofOneMax: 1 })
  const failed = turns.take('eve', () => Promise.reject(new Error('broken')))
  const next = turns.take('ann', async () => 'done')
  await expect(failed).rejects.toThrow('broken')
  expect(await next).toBe('done')
})

test('one account fills no queue: others still wait in it', async () => {
  const { bring, end, underWay } = bench(new FairTurns({ atOnce: 1, waitingMax: 3, ofOneMax: 2 }))
  const all = [bring('eve', '1'), bring('eve', '2'), bring('eve', '3')]
  await expect(bring('eve', '4')).rejects.toBeInstanceOf(TooManyWait)
  all.push(bring('ann', '5'))
  await expect(bring('ben', '6')).rejects.toBeInstanceOf(TooManyWait)
  for (const name of ['1', '2', '3', '5']) {
    expect(underWay()).toEqual([name])
    await end(name)
  }
  await Promise.all(all)
})

test('whatever comes and ends, never two of one account and never more than may be, and a place is free only where nobody may have it', async () => {
  const step = fc.oneof(
    fc.record({ bring: fc.constantFrom('ann', 'ben', 'cem', 'eve') }),
    fc.record({ end: fc.nat(5) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { begun, bring, end, underWay } = bench(new FairTurns({ atOnce: 2, waitingMax: 6, ofOneMax: 3 }))
      const accountOf = (name: string) => name.split(' ')[0]!
      const brought: string[] = []
      const all: Promise<unknown>[] = []
      for (const [i, each] of steps.entries()) {
        if ('bring' in each) {
          const name = `${each.bring} ${i}`
          const taken = bring(each.bring, name).then(
            () => {},
            () => brought.splice(brought.indexOf(name), 1),
          )
          brought.push(name)
          all.push(taken)
          await Bun.sleep(0)
        } else if (underWay()[each.end] !== undefined) await end(underWay()[each.end]!)
        const accounts = underWay().map(accountOf)
        expect(new Set(accounts).size).toBe(accounts.length)
        expect(accounts.length).toBeLessThanOrEqual(2)
        const waiting = brought.filter((name) => !begun.includes(name))
        if (accounts.length < 2) for (const name of waiting) expect(accounts).toContain(accountOf(name))
      }
      while (underWay().length > 0) await end(underWay()[0]!)
      await Promise.all(all)
      expect(begun.toSorted()).toEqual(brought.toSorted())
    }),
    { numRuns: 60 },
  )
})
