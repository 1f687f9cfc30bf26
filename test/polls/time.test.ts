import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Certificate } from '../../protocol/polls.ts'
import { startVoting, tokenOf } from './voting.ts'

const NOW = 1_795_349_712_000

test('a quiz whose answer was revealed stays so when the clock goes back, and when the server starts again with that clock', async () => {
  const clock = new ManualClock(NOW)
  let roar = await startVoting({ clock })
  await roar.create('quiz', {
    visibility: 'revealed',
    answer: ['anna'],
    opens: NOW + 10,
    closes: NOW + 1000,
    graceMs: 5000,
    reveals: NOW + 1500,
  })
  clock.advance(20)
  expect((await roar.vote('quiz', tokenOf('ann'), { choice: 'ben' })).status).toBe(201)
  while ((await roar.poll('quiz')).state !== 'revealed') clock.advance(50)
  // The schedule's next look keeps it.
  while ((await roar.studio('GET', 'polls/quiz')).body.reached !== 'revealed') clock.advance(50)
  const after = async (viewer: string) => {
    const { state, answer } = await roar.poll('quiz')
    const { status, problem } = await roar.vote('quiz', tokenOf(viewer), { choice: 'anna' })
    return { state, answer, refused: status !== 201 && problem.code }
  }
  clock.setBack(20_000)
  expect(await after('eve')).toMatchObject({ state: 'revealed', answer: ['anna'] })
  expect((await after('eve')).refused).toBeTruthy()
  expect(await roar.stop()).toBe(true)
  roar = await startVoting({ clock, data: roar.data })
  expect(await after('mallory')).toMatchObject({
    state: 'revealed',
    answer: ['anna'],
    refused: 'clock_unsure',
  })
  clock.advance(25_000)
  expect(await after('mallory')).toMatchObject({ state: 'revealed', refused: 'poll_closed' })
  expect((await roar.act('quiz', 'seal')).status).toBe(200)
  const { statement } = await roar.json<Certificate>('/v1/shows/final/polls/quiz/certificate')
  expect(statement.result).toEqual({ anna: 0, ben: 1, cleo: 0 })
  await roar.stop()
  roar.data.remove()
})

for (const [what, backMs] of [
  ['back', 5000],
  ['ahead', -5000],
] as const) {
  test(`while the machine's clock is set ${what} and a poll is open votes are refused with a code, and taken once it is right`, async () => {
    const clock = new ManualClock(NOW)
    const roar = await startVoting({ clock })
    await roar.create('mvp')
    await roar.act('mvp', 'open')
    expect((await roar.vote('mvp', tokenOf('ann'), { choice: 'anna' })).status).toBe(201)
    clock.setBack(backMs)
    clock.advance(10)
    const { status, problem, headers } = await roar.vote('mvp', tokenOf('bob'), { choice: 'anna' })
    expect([status, problem.code]).toEqual([503, 'clock_unsure'])
    expect(headers.get('retry-after')).not.toBeNull()
    // What is there is told all the same.
    expect((await roar.vote('mvp', tokenOf('ann'), { choice: 'anna' })).status).toBe(200)
    expect(await (await roar.request('GET', '/metrics')).text()).toContain(
      `roar_clock_off_seconds ${-backMs / 1000}`,
    )
    clock.setBack(-backMs)
    clock.advance(10)
    expect((await roar.vote('mvp', tokenOf('bob'), { choice: 'anna' })).status).toBe(201)
    await roar.stop()
    roar.data.remove()
  })
}

test('what is closed, revealed and sealed by its schedule in one second is sealed then: a reveal ends the grace', async () => {
  const clock = new ManualClock(NOW)
  const roar = await startVoting({ clock })
  const closes = NOW + 1000
  await roar.create('mvp', { opens: NOW + 10, closes, graceMs: 60_000, reveals: closes, seals: closes })
  clock.advance(20)
  expect((await roar.vote('mvp', tokenOf('ann'), { choice: 'ben' })).status).toBe(201)
  while (clock.now() < closes) clock.advance(50)
  let sealed: number | undefined
  for (let step = 0; sealed === undefined && step < 2000; step++) {
    clock.advance(10)
    sealed = (await roar.studio('GET', 'polls/mvp')).body.sealed as number | undefined
  }
  expect(sealed).toBeGreaterThanOrEqual(closes)
  expect(sealed! - closes).toBeLessThan(30_000)
  const certificate = await roar.json<Certificate>('/v1/shows/final/polls/mvp/certificate')
  expect(certificate.statement.result).toMatchObject({ ben: 1 })
  await roar.stop()
  roar.data.remove()
})

test('a clock that is a day ahead for some seconds opens, closes and seals nothing that is due until then', async () => {
  const clock = new ManualClock(NOW)
  const roar = await startVoting({ clock })
  const opens = NOW + 60_000
  await roar.create('mvp', { opens, closes: opens + 60_000, seals: opens + 60_000 })
  const set = await roar.studio('GET', 'polls/mvp')
  clock.setBack(-86_400_000)
  for (let step = 0; step < 50; step++) {
    clock.advance(50)
    expect(await roar.studio('GET', 'polls/mvp')).toEqual(set)
  }
  clock.setBack(86_400_000)
  while (clock.now() < opens) clock.advance(500)
  expect((await roar.vote('mvp', tokenOf('ann'), { choice: 'ben' })).status).toBe(201)
  await roar.stop()
  roar.data.remove()
})
