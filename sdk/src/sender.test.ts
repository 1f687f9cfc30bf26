import { describe, expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { BurstRequest } from '../../protocol/packets.ts'
import { RoarError } from './error.ts'
import type { Platform } from './platform.ts'
import { type BurstEvents, createSender } from './sender.ts'
import { type TokenSource, tokenOf } from './token.ts'

type Answer = { status: number; body?: object; retryAfterS?: number } | 'network' | 'not sent'
type Told = { [Name in keyof BurstEvents]: [Name, BurstEvents[Name]] }[keyof BurstEvents]

const FLUSH_MS = 1000
const ACCEPTED: Answer = { status: 202, body: { flushMs: FLUSH_MS, sample: 1 } }
const refusal = (status: number, code: ErrorCode, retryAfterS?: number): Answer => ({
  status,
  body: { type: `urn:roar:error:${code}`, code, detail: code },
  ...(retryAfterS !== undefined && { retryAfterS }),
})

/** A sender whose server answers as it is told, the last answer for ever. Nothing is waited for but the clock. */
function rig(
  answers: Answer[],
  {
    token,
    dice = [0],
    delayMs,
  }: { token?: TokenSource; dice?: number[]; delayMs?: () => number | undefined } = {},
) {
  const clock = new ManualClock(1_800_000_000_000)
  const bursts: (BurstRequest & { token: string | null; atMs: number })[] = []
  const told: Told[] = []
  const startMs = clock.now()
  let probes = 0
  let reachable = true
  let isShowKnown = true
  const platform: Platform = {
    now: () => clock.now(),
    random: () => (dice.length > 1 ? dice.shift()! : dice[0]!),
    after: (ms, callback) => clock.after(ms, callback),
    WebSocket: undefined,
    fetch: async (_url, init) => {
      const authorization = new Headers(init?.headers).get('authorization')
      bursts.push({
        ...JSON.parse(init!.body as string),
        token: authorization,
        atMs: clock.now() - startMs,
      })
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!
      if (answer === 'network') throw new TypeError('lost')
      if (answer === 'not sent') throw Object.assign(new TypeError('refused'), { code: 'ConnectionRefused' })
      const headers = answer.retryAfterS === undefined ? {} : { 'retry-after': `${answer.retryAfterS}` }
      return Response.json(answer.body ?? {}, { status: answer.status, headers })
    },
  }
  const sender = createSender({
    platform,
    url: 'http://roar.test/v1/shows/final/reactions',
    segment: undefined,
    delayMs,
    token: tokenOf(token, platform),
    knows: (sticker) => (isShowKnown ? sticker !== 'gone' : undefined),
    probe: async () => {
      probes++
      if (!reachable) throw new RoarError('network', 'nobody there')
    },
    emit: (name, event) => told.push([name, event] as Told),
  })
  const pass = async (ms: number) => {
    for (let step = 0; step < ms; step += 50) {
      clock.advance(50)
      for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
  const tap = (sticker: string, count = 1) => {
    for (let taps = 0; taps < count; taps++) sender.react(sticker)
  }
  return {
    sender,
    bursts,
    told,
    pass,
    tap,
    probes: () => probes,
    knowsShow(isKnown: boolean) {
      isShowKnown = isKnown
    },
    reach: (yes: boolean) => {
      reachable = yes
    },
  }
}

test('the first tap leaves at once, the following ones as one burst each flush', async () => {
  const { bursts, told, tap, pass } = rig([ACCEPTED])
  tap('heart')
  await pass(100)
  tap('heart', 2)
  tap('six')
  await pass(2 * FLUSH_MS)
  expect(bursts.map(({ stickers }) => stickers)).toEqual([{ heart: 1 }, { heart: 2, six: 1 }])
  expect(bursts[1]!.atMs - bursts[0]!.atMs).toBeGreaterThanOrEqual(FLUSH_MS)
  expect(told.map(([name]) => name)).toEqual(['accepted', 'accepted'])
})

test.each([
  ['an error', new Error('no player'), 'no player'],
  ['a text', 'no player', 'delay'],
  ['null', null, 'delay'],
])(
  'a burst whose delay cannot be said, as its function throws %s, is refused with the reason, and the next one is sent',
  async (_what, thrown, detail) => {
    let fails = true
    const { tap, pass, bursts, told } = rig([ACCEPTED], {
      delayMs() {
        if (fails) throw thrown
        return 8_000
      },
    })
    tap('heart')
    await pass(FLUSH_MS)
    expect(bursts).toEqual([])
    expect(told).toEqual([['refused', { stickers: { heart: 1 }, code: 'delay', detail }]])
    fails = false
    tap('heart')
    await pass(2 * FLUSH_MS)
    expect(bursts).toMatchObject([{ stickers: { heart: 1 }, delayMs: 8_000 }])
  },
)

test('more than 100 of a sticker go with the following bursts', async () => {
  const { bursts, tap, pass } = rig([ACCEPTED])
  tap('heart', 250)
  await pass(4 * FLUSH_MS)
  expect(bursts.map(({ stickers }) => stickers.heart)).toEqual([100, 100, 50])
})

describe('what becomes of a burst, by its answer', () => {
  const fates: [string, Answer, 'sent again' | 'given up'][] = [
    ["408 of a proxy's own", { status: 408 }, 'sent again'],
    ['429 too_many_requests', refusal(429, 'too_many_requests'), 'sent again'],
    ['503 overloaded', refusal(503, 'overloaded'), 'sent again'],
    ['503 draining', refusal(503, 'draining'), 'sent again'],
    ['no connection was made', 'not sent', 'sent again'],
    ['the answer was lost', 'network', 'given up'],
    ['400 bad_request', refusal(400, 'bad_request'), 'given up'],
    ['400 unknown_sticker, though the show has it', refusal(400, 'unknown_sticker'), 'given up'],
    ['401 without a token', refusal(401, 'unauthorized'), 'given up'],
    ['404 unknown_show', refusal(404, 'unknown_show'), 'given up'],
    ['413 too_large', refusal(413, 'too_large'), 'given up'],
    ['500 internal: it may have been counted', refusal(500, 'internal'), 'given up'],
    ["502 of a proxy's own", { status: 502 }, 'given up'],
    ["403 of a network's sign-in page", { status: 403 }, 'given up'],
    ['200 with JSON that is not of Roar', { status: 200, body: { ok: true } }, 'given up'],
  ]
  for (const [name, answer, fate] of fates) {
    test(`${name}: ${fate}`, async () => {
      const { bursts, told, tap, pass } = rig([answer, ACCEPTED])
      tap('heart', 3)
      await pass(20_000)
      const again = fate === 'sent again'
      expect(bursts.map(({ stickers }) => stickers)).toEqual(Array(again ? 2 : 1).fill({ heart: 3 }))
      expect(told.map(([name]) => name)).toEqual([again ? 'accepted' : 'refused'])
    })
  }
})

test('Retry-After is waited for, and taps made meanwhile go along', async () => {
  const { bursts, tap, pass } = rig([refusal(503, 'overloaded', 7), ACCEPTED])
  tap('heart')
  await pass(500)
  tap('six')
  await pass(15_000)
  expect(bursts.map(({ stickers }) => stickers)).toEqual([{ heart: 1 }, { six: 1, heart: 1 }])
  expect(bursts[1]!.atMs - bursts[0]!.atMs).toBeGreaterThanOrEqual(7000)
})

test('an outage costs one burst: what is tapped after it waits until somebody answers', async () => {
  const { bursts, told, tap, pass, probes, reach } = rig(['network', ACCEPTED], { dice: [0.1] })
  reach(false)
  tap('heart', 2)
  await pass(1000)
  tap('six', 4)
  await pass(60_000)
  expect(bursts).toHaveLength(1)
  expect(probes()).toBeWithin(10, 60)
  reach(true)
  await pass(30_000)
  expect(bursts.map(({ stickers }) => stickers)).toEqual([{ heart: 2 }, { six: 4 }])
  expect(told).toEqual([
    ['refused', { stickers: { heart: 2 }, code: 'network', detail: expect.any(String) }],
    ['accepted', { stickers: { six: 4 }, sample: 1 }],
  ])
})

test("a network's sign-in page costs one burst: what is tapped after it waits until Roar answers", async () => {
  const bodies = [{}, { flushMs: -1, sample: 1 }, { flushMs: 'soon' as never, sample: 1 }]
  const pages = [...bodies.map((body) => ({ status: 200, body })), { status: 403 }] satisfies Answer[]
  for (const page of pages) {
    const { bursts, told, tap, pass, probes } = rig([page, ACCEPTED], { dice: [0.1] })
    tap('heart')
    await pass(2000)
    tap('six')
    await pass(5000)
    expect(probes()).toBe(1)
    expect(bursts.map(({ stickers }) => stickers)).toEqual([{ heart: 1 }, { six: 1 }])
    expect(told).toEqual([
      ['refused', { stickers: { heart: 1 }, code: 'not_roar', detail: expect.any(String) }],
      ['accepted', { stickers: { six: 1 }, sample: 1 }],
    ])
  }
})

test('a client that is asked for a quarter sends a quarter of its bursts, and says so', async () => {
  const quarter: Answer = { status: 202, body: { flushMs: FLUSH_MS, sample: 0.25 } }
  // One number for the first tap's moment, then two for each burst: its moment and its dice.
  const { bursts, told, tap, pass } = rig([quarter], { dice: [0, 0, 0.3, 0, 0.2, 0] })
  for (let burst = 0; burst < 3; burst++) {
    tap('heart')
    await pass(FLUSH_MS + 100)
  }
  expect(bursts.map(({ sample }) => sample)).toEqual([undefined, 0.25])
  expect(told).toEqual([
    ['accepted', { stickers: { heart: 1 }, sample: 1 }],
    ['skipped', { stickers: { heart: 1 }, sample: 0.25 }],
    ['accepted', { stickers: { heart: 1 }, sample: 0.25 }],
  ])
})

test('a sample that the server no longer knows costs no tap: they are sent whole', async () => {
  const half: Answer = { status: 202, body: { flushMs: FLUSH_MS, sample: 0.5 } }
  const { bursts, told, tap, pass } = rig([half, refusal(400, 'bad_sample'), ACCEPTED])
  tap('heart')
  await pass(FLUSH_MS)
  tap('six')
  await pass(3 * FLUSH_MS)
  expect(bursts.map(({ sample, stickers }) => ({ sample, stickers }))).toEqual([
    { sample: undefined, stickers: { heart: 1 } },
    { sample: 0.5, stickers: { six: 1 } },
    { sample: undefined, stickers: { six: 1 } },
  ])
  expect(told.map(([name]) => name)).toEqual(['accepted', 'accepted'])
})

describe('a token that the server refuses', () => {
  const REFUSED = refusal(401, 'unauthorized')

  test('is asked for again, and the taps go with the new one', async () => {
    const asked: (string | undefined)[] = []
    const token = async (refused?: string) => {
      asked.push(refused)
      return refused === undefined ? 'old' : 'new'
    }
    const { bursts, told, tap, pass } = rig([REFUSED, ACCEPTED], { token })
    tap('heart')
    await pass(3 * FLUSH_MS)
    tap('six')
    await pass(3 * FLUSH_MS)
    expect(bursts.map(({ token }) => token)).toEqual(['Bearer old', 'Bearer new', 'Bearer new'])
    expect(asked).toEqual([undefined, 'old'])
    expect(told.map(([name]) => name)).toEqual(['accepted', 'accepted'])
  })

  test('is left out where there is no other, for taps need none, and not for ever', async () => {
    const { bursts, told, tap, pass } = rig([REFUSED, ACCEPTED, ACCEPTED], { token: 'old' })
    tap('heart')
    await pass(3 * FLUSH_MS)
    tap('heart')
    await pass(61_000)
    tap('heart')
    await pass(FLUSH_MS)
    expect(bursts.map(({ token }) => token)).toEqual(['Bearer old', null, null, 'Bearer old'])
    expect(told.map(([name]) => name)).toEqual(['accepted', 'accepted', 'accepted'])
  })

  test('gives way to the token of a viewer who signs in later', async () => {
    let token = 'old'
    const { bursts, tap, pass } = rig([REFUSED, ACCEPTED], { token: () => token })
    tap('heart')
    await pass(3 * FLUSH_MS)
    token = 'new'
    tap('heart')
    await pass(3 * FLUSH_MS)
    expect(bursts.map(({ token }) => token)).toEqual(['Bearer old', null, 'Bearer new'])
  })
})

test('a token function that fails or never answers holds no tap', async () => {
  const fails = () => Promise.reject(new Error('no session'))
  const throws = () => {
    throw new Error('no session')
  }
  for (const token of [fails, throws, () => new Promise<string>(() => {})]) {
    const { bursts, told, tap, pass } = rig([ACCEPTED], { token })
    tap('heart')
    await pass(12_000)
    expect(bursts.map(({ token }) => token)).toEqual([null])
    expect(told.map(([name]) => name)).toEqual(['accepted'])
  }
})

test('a token function that never answers is waited for once, and its token goes along when it comes after all', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const { bursts, tap, pass } = rig([ACCEPTED], { token: () => promise })
  tap('heart')
  await pass(12_000)
  expect(bursts).toHaveLength(1)
  for (let burst = 2; burst < 5; burst++) {
    tap('heart')
    await pass(FLUSH_MS + 100)
    expect(bursts).toHaveLength(burst)
  }
  resolve('late')
  await pass(100)
  tap('heart')
  await pass(FLUSH_MS + 100)
  expect(bursts.map(({ token }) => token)).toEqual([null, null, null, null, 'Bearer late'])
})

test('where no other token comes after a refusal, it is waited for once, and asked for again', async () => {
  let asked = 0
  const old = Promise.resolve('old')
  const token = () => (asked++ === 0 ? old : new Promise<string>(() => {}))
  const { bursts, tap, pass } = rig([refusal(401, 'unauthorized'), ACCEPTED], { token })
  tap('heart')
  await pass(13_000)
  expect(bursts.map(({ token }) => token)).toEqual(['Bearer old', null])
  tap('heart')
  await pass(FLUSH_MS + 100)
  expect(bursts).toHaveLength(3)
  await pass(10_000)
  tap('heart')
  await pass(FLUSH_MS + 100)
  expect(asked).toBeGreaterThan(2)
})

test('a sticker that the show has not is told at once and never sent', async () => {
  const { bursts, told, tap, pass } = rig([ACCEPTED])
  tap('gone')
  tap('heart')
  await pass(FLUSH_MS)
  expect(told[0]).toEqual([
    'refused',
    { stickers: { gone: 1 }, code: 'unknown_sticker', detail: expect.any(String) },
  ])
  expect(bursts.map(({ stickers }) => stickers)).toEqual([{ heart: 1 }])
})

test('sent before the show is known, an unknown sticker costs the taps beside it nothing', async () => {
  const unknown = refusal(400, 'unknown_sticker')
  const { bursts, told, tap, pass, knowsShow } = rig([unknown, unknown, ACCEPTED])
  knowsShow(false)
  tap('gone')
  tap('heart')
  await pass(FLUSH_MS - 100)
  knowsShow(true)
  await pass(4 * FLUSH_MS)
  expect(bursts.map(({ stickers }) => stickers)).toEqual([
    { gone: 1, heart: 1 },
    { gone: 1, heart: 1 },
    { heart: 1 },
  ])
  expect(told.map(([name, { stickers }]) => [name, stickers])).toEqual([
    ['refused', { gone: 1 }],
    ['accepted', { heart: 1 }],
  ])
})

test('over 1,000 waiting taps each further one is told', () => {
  const { told, tap } = rig([ACCEPTED])
  tap('heart', 1002)
  expect(told).toEqual(
    Array(2).fill(['refused', { stickers: { heart: 1 }, code: 'overflow', detail: expect.any(String) }]),
  )
})

describe('leaving', () => {
  test('everything that waits is sent in the same moment', () => {
    const { bursts, sender, tap } = rig([ACCEPTED])
    tap('heart', 150)
    sender.leave()
    expect(bursts.map(({ stickers }) => stickers)).toEqual([{ heart: 100 }, { heart: 50 }])
  })

  test('not while held or while the server asked for patience: the page may come back', async () => {
    const { bursts, sender, tap, pass } = rig([refusal(503, 'overloaded', 9), ACCEPTED])
    sender.hold(true)
    tap('heart')
    sender.leave()
    await pass(5000)
    expect(bursts).toEqual([])
    sender.hold(false)
    await pass(1000)
    sender.leave()
    expect(bursts).toHaveLength(1)
  })

  test('a drain settles when every tap has its answer; one that gets none is told', async () => {
    const { told, sender, tap } = rig([ACCEPTED, refusal(503, 'draining')])
    tap('heart', 250)
    await sender.drain()
    expect(told).toEqual([
      ['accepted', { stickers: { heart: 100 }, sample: 1 }],
      ['refused', { stickers: { heart: 100 }, code: 'closed', detail: expect.any(String) }],
      ['refused', { stickers: { heart: 50 }, code: 'closed', detail: expect.any(String) }],
    ])
  })

  test('a close tells what it does not send', () => {
    const { told, sender, tap } = rig([ACCEPTED])
    tap('heart', 2)
    sender.close()
    tap('heart')
    expect(told.map(([, { stickers }]) => stickers)).toEqual([{ heart: 2 }, { heart: 1 }])
  })
})
