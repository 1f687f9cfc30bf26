import { afterAll, beforeAll, expect, test } from 'bun:test'
import { STEP_MS } from './moments.ts'
import { seenMoment } from './seen-moment.ts'

const AT = 1_795_349_712_000
let steps: { at: number; counts: Record<string, number> }[] = []
let asked: URLSearchParams
let server: ReturnType<typeof Bun.serve>
beforeAll(() => {
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      asked = new URL(request.url).searchParams
      return Response.json({ steps, highlights: [] })
    },
  })
})
afterAll(() => server.stop(true))

/** A quiet crowd, and what is loud in steps of it. */
const crowd = (loud: Record<number, Record<string, number>>) =>
  Array.from({ length: 80 }, (_, i) => ({
    at: AT + i * STEP_MS,
    counts: { heart: 10, ...loud[i] },
  }))
const seen = (at: number, sticker = 'six') =>
  seenMoment(
    { url: `http://127.0.0.1:${server.port}`, show: 'final', sides: [] },
    { at, sticker },
    {
      beforeMs: STEP_MS,
      lengthMs: 12_000,
    },
  )
const six = { six: 900 }

test('a moment whose answer arrived late is played where its picture was, whole', async () => {
  steps = crowd({ 50: six, 51: six, 52: six })
  const moment = await seen(AT + 58 * STEP_MS)
  expect(moment).toMatchObject({ from: AT + 49 * STEP_MS, to: AT + 55 * STEP_MS })
  expect(moment!.steps.map(({ n }) => n)).toEqual([10, 910, 910, 910, 10, 10])
  expect(asked.get('clock')).toBe('programme')
})

test('of several moments it is the last before the mark, of its sticker, and not of longer ago than anybody is behind', async () => {
  steps = crowd({
    10: six,
    11: six,
    12: six,
    30: six,
    31: six,
    32: six,
    45: { wow: 900 },
    46: { wow: 900 },
    47: { wow: 900 },
  })
  expect((await seen(AT + 40 * STEP_MS))!.from).toBe(AT + 29 * STEP_MS)
  expect((await seen(AT + 30 * STEP_MS))!.from).toBe(AT + 29 * STEP_MS)
  expect((await seen(AT + 48 * STEP_MS, 'wow'))!.from).toBe(AT + 44 * STEP_MS)
  expect(await seen(AT + 48 * STEP_MS, 'fire')).toBeUndefined()
  steps = crowd({ 3: six, 4: six, 5: six })
  expect(await seen(AT + 70 * STEP_MS)).toBeUndefined()
})
