import { expect, test } from 'bun:test'
import { shareKafka } from './shared-kafka.ts'

test('a Kafka is shared by all who ask, is replaced once it has ended, and is tried anew where it did not start', async () => {
  const did: string[] = []
  let starts = 0
  let isDown = false
  const shared = shareKafka(async () => {
    const name = `kafka ${++starts}`
    did.push(`${name} starts`)
    if (starts === 1) throw new Error('no room')
    return {
      address: name,
      broker: {
        async responds() {
          if (isDown && starts === 2) throw new Error('ended')
        },
      },
      close: async () => void did.push(`${name} is closed`),
    }
  })
  const ask = async () => (await fetch(shared.url)).text()
  expect(await ask()).toBe('no room')
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['kafka 2', 'kafka 2', 'kafka 2'])
  isDown = true
  expect(await Promise.all([ask(), ask()])).toEqual(['kafka 3', 'kafka 3'])
  await shared.close()
  expect(did).toEqual([
    'kafka 1 starts',
    'kafka 2 starts',
    'kafka 2 is closed',
    'kafka 3 starts',
    'kafka 3 is closed',
  ])
})
