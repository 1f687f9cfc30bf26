import { expect, test } from 'bun:test'
import { ManualClock } from '../../../adapters/clock/clock-manual.ts'
import type { Certificate } from '../../../protocol/polls.ts'
import { temporaryFolder } from '../../embedded.ts'
import { startVoting, tokenOf } from '../voting.ts'

/** A seal that has begun to write its leaves when the process is told to stop, and goes on once `let` is called. */
async function drainedInTheMiddle(data: ReturnType<typeof temporaryFolder>, clock: ManualClock) {
  const roar = await startVoting({ data, clock })
  await roar.create('mvp')
  await roar.act('mvp', 'open')
  const { receipt } = await roar.vote('mvp', tokenOf('ann'), { choice: 'anna' })
  await roar.act('mvp', 'close')
  const { polls } = roar.things.store!
  const { saveLeaves } = polls
  const begun = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  polls.saveLeaves = async (...given) => {
    begun.resolve()
    await held.promise
    return saveLeaves(...given)
  }
  const sealing = roar.act('mvp', 'seal')
  await begun.promise
  return { receipt, sealing, stop: roar.stop, let: held.resolve }
}

/** Starts again on the same folder: the poll is sealed there, and has the ballot. */
async function sealsAfterwards(data: ReturnType<typeof temporaryFolder>, clock: ManualClock, ballot: string) {
  const roar = await startVoting({ data, clock })
  try {
    expect((await roar.act('mvp', 'seal')).status).toBe(200)
    const { statement } = await roar.json<Certificate>('/v1/shows/final/polls/mvp/certificate')
    expect([statement.ballots, statement.viewers]).toEqual([1, 1])
    expect((await roar.request('GET', `/v1/shows/final/polls/mvp/proofs/${ballot}`)).status).toBe(200)
    const trail = (await roar.studio('GET', 'audit')).body as unknown as { action: string }[]
    expect(trail.filter(({ action }) => action === 'seal')).toHaveLength(1)
  } finally {
    await roar.stop()
  }
}

/** Lets the clock go on until it is done. */
async function passing<T>(clock: ManualClock, work: Promise<T>, stepMs: number): Promise<T> {
  let isDone = false
  const ended = work.finally(() => {
    isDone = true
  })
  while (!isDone) {
    clock.advance(stepMs)
    await new Promise((turn) => setTimeout(turn, 1))
  }
  return ended
}

test('a drain in the middle of a seal waits for it', async () => {
  using data = temporaryFolder()
  const clock = new ManualClock(Date.now())
  const { receipt, sealing, stop, let: go } = await drainedInTheMiddle(data, clock)
  const stopping = stop()
  go()
  expect(await passing(clock, stopping, 10)).toBe(true)
  expect((await sealing).status).toBe(200)
  await sealsAfterwards(data, clock, receipt.ballot)
})

test('a seal that takes longer than a drain may is told that the server is stopping, and is done after the restart', async () => {
  using data = temporaryFolder()
  const clock = new ManualClock(Date.now())
  const { receipt, sealing, stop, let: go } = await drainedInTheMiddle(data, clock)
  expect(await passing(clock, stop(), 100)).toBe(true)
  const { status, body } = await sealing
  expect([status, body.code]).toEqual([503, 'draining'])
  go()
  await sealsAfterwards(data, clock, receipt.ballot)
})
