import { expect, test } from 'bun:test'
import { jointHealth } from './joint-health.ts'

test('it works once all work, waits for the first that does not, and fails with one', () => {
  const heard: string[] = []
  const { counts, store } = jointHealth(
    {
      working: () => heard.push('working'),
      waiting: (reason) => heard.push(reason),
      failed: (cause) => heard.push(`failed: ${cause}`),
    },
    ['counts', 'store'],
  )
  counts.working()
  store.working()
  store.waiting('it does not answer')
  counts.waiting('the log does not answer')
  counts.working()
  store.working()
  store.failed('it is broken')
  expect(heard).toEqual([
    'working',
    'store: it does not answer',
    'counts: the log does not answer',
    'store: it does not answer',
    'working',
    'failed: it is broken',
  ])
})
