import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRoar } from '../embedded.ts'

let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50')
})
afterAll(() => roar.stop())

const AT = 1_700_000_000_000
const timeline = (query = '', headers: Record<string, string> = {}) =>
  fetch(`${roar.url}/v1/shows/final/timeline${query}`, { headers })

/** Twenty seconds of a quiet crowd, and then a six. */
async function keepAnEvening(): Promise<void> {
  const store = roar.things.store!
  const history = Array.from({ length: 30 }, (_, i) => [
    { at: AT + i * 1000, segment: 'home', sticker: 'heart', count: 40 },
    ...(i < 20 ? [] : [{ at: AT + i * 1000, segment: 'away', sticker: 'six', count: 160 }]),
  ]).flat()
  const none = { totals: [], shifts: [], cells: [], cellsFrom: 0, moods: [] }
  expect(await store.saveCounts('final', { ...none, history }, await store.term())).toBe(true)
}

test('viewers see the mood over time with its highlights, without a token, and a cache keeps it', async () => {
  await keepAnEvening()
  const query = `?from=${AT}&to=${AT + 30_000}`
  const first = await timeline(query)
  expect(first.headers.get('cache-control')).toBe('public, max-age=60')
  expect(first.headers.get('access-control-allow-origin')).toBe('*')
  const answer = (await first.json()) as { steps: object[] }
  expect(answer).toMatchObject({
    stepMs: 1000,
    highlights: [{ at: AT + 20_000, lift: 5, sticker: 'six' }],
  })
  expect(answer.steps.length).toBe(30)
  expect(answer.steps.at(-1)).toEqual({ at: AT + 29_000, counts: { heart: 40, six: 160 } })
  const again = await timeline(query, { 'if-none-match': first.headers.get('etag')! })
  expect(again.status).toBe(304)
  // The home side did not see it as a great moment.
  expect(await (await timeline(`${query}&segment=home`)).json()).toMatchObject({ highlights: [] })
  expect(await (await timeline(`${query}&segment=`)).json()).toEqual(answer)
  const now = await timeline()
  expect(now.headers.get('cache-control')).toBe('public, max-age=2')
  expect(await now.json()).toEqual({ stepMs: 1000, steps: [], highlights: [] })
})

test.each([
  ['?stepMs=1500', 400, 'bad_request'],
  ['?stepMs=0', 400, 'bad_request'],
  ['?from=later', 400, 'bad_request'],
  ['?from=-1', 400, 'bad_request'],
  ['?from=2000&to=1000', 400, 'bad_request'],
  ['?from=0', 400, 'bad_request'],
  ['?segment=moon', 400, 'unknown_segment'],
])('a question that is none is answered in words: %s', async (query, status, code) => {
  const response = await timeline(query)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ code })
})

test('what a viewer taps at a picture that is behind is at that picture by programme time, and both clocks add up alike', async () => {
  const tap = (body: object) =>
    fetch(`${roar.url}/v1/shows/final/reactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  for (const body of [
    { stickers: { wow: 2 }, segment: 'home', delayMs: 32_000 },
    { stickers: { wow: 3 }, segment: 'home' },
    { stickers: { wow: 5 }, delayMs: 1e300 },
  ])
    expect((await tap(body)).status).toBe(202)
  const wows = async (query: string): Promise<[number, number][]> => {
    const from = Math.floor(Date.now() / 1000) * 1000 - 300_000
    const response = await timeline(`?from=${from}&to=${from + 310_000}&${query}`)
    const { steps } = (await response.json()) as Steps
    return steps.map(({ at, counts }) => [at, counts.wow ?? 0])
  }
  const sum = (steps: [number, number][]) => steps.reduce((total, [, count]) => total + count, 0)
  while (sum(await wows('clock=arrival')) < 10) await Bun.sleep(20)
  expect(await wows('')).toEqual(await wows('clock=arrival'))
  const arrived = (await wows('')).map(([at]) => at)
  const shown = await wows('clock=programme')
  expect(sum(shown)).toBe(10)
  const first = { at: arrived[0]!, last: arrived.at(-1)! }
  const around = (ms: number) => sum(shown.filter(([at]) => at >= first.at - ms && at <= first.last - ms))
  expect([around(120_000), around(32_000), around(0)]).toEqual([5, 2, 3])
  expect(sum(await wows('clock=programme&segment=home'))).toBe(5)
  expect((await timeline('?clock=wall')).status).toBe(400)
})

interface Steps {
  steps: { at: number; counts: Record<string, number> }[]
}

test('a time soon after 1970 has a range that begins with it', async () => {
  expect((await timeline('?to=1000')).status).toBe(200)
})
