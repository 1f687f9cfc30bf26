import { expect, test } from 'bun:test'
import { Assignment } from './assignment.ts'

test('nothing that was fetched is kept for as long as an assignment lasts', async () => {
  const assignment = new Assignment(0)
  const fetched: WeakRef<object>[] = []
  for (let i = 0; i < 1000; i++) {
    const work = new Promise<object>((resolve) => setImmediate(() => resolve({ i })))
    fetched.push(new WeakRef((await assignment.orEnd(work))!))
  }
  // Objects seen in this turn live until the next one.
  await new Promise(setImmediate)
  Bun.gc(true)
  expect(fetched.filter((one) => one.deref() !== undefined).length).toBeLessThan(100)
  assignment.end()
})

test('whoever waits for it to be over, or for something else meanwhile, does not wait on', async () => {
  const assignment = new Assignment(0)
  const never = new Promise<string>(() => {})
  const waiting = [assignment.ended(), assignment.orEnd(never), assignment.pause(2 ** 30)]
  assignment.end()
  expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined])
  expect(await assignment.orEnd(Promise.resolve('late'))).toBeUndefined()
  await assignment.pause(2 ** 30)
})
