import { describe, expect, test } from 'bun:test'
import { type Faults, FixtureServer } from './fixture-server.ts'
import { type LoadOptions, type LoadResult, run } from './run.ts'

const OPTIONS: Omit<LoadOptions, 'url'> = {
  show: 'final',
  viewers: 5,
  rate: 1000,
  seconds: 1,
  shape: 'steady',
  burst: 5,
  processes: 'auto',
  seed: 7,
  // Only a server that keeps something back is waited for so long.
  settleSeconds: 60,
}

function loadOn(
  { url }: FixtureServer,
  options: Partial<LoadOptions> = {},
  onSecond: () => void = () => {},
): Promise<LoadResult> {
  return run({ ...OPTIONS, url, ...options }, onSecond, () => {}, new AbortController().signal)
}

async function load(faults: Faults = {}, options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  await using server = new FixtureServer(faults)
  return await loadOn(server, options)
}

const faultsOf = async (faults: Faults, options?: Partial<LoadOptions>): Promise<string> =>
  (await load(faults, options)).verdict.faults.join('\n')

describe.concurrent('against a server that does all right', () => {
  test('everything sent is accepted, counted by both sums and delivered to every viewer', async () => {
    const result = await load()
    expect(result.verdict).toEqual({ ok: true, faults: [], notes: [] })
    expect(result.sent).toBe(1000)
    expect(result.accepted).toBe(1000)
    expect(result.counted).toBe(1000)
    expect(result.sums.byN).toBe(1000)
    expect(result.delivery.delivered).toBe(5 * result.sums.packets)
    expect(result.delivery.expected).toBe(result.delivery.delivered)
  })

  test('every probe is timed at every viewer', async () => {
    const { tapMs, probes } = await load()
    expect(probes.timed).toBeGreaterThan(0)
    expect(probes).toMatchObject({ lost: 0, strangers: 0 })
    expect(tapMs.count).toBe(5 * probes.timed)
  })

  test('viewers in other processes see the same', async () => {
    const result = await load({}, { processes: 3, viewers: 7 })
    expect(result.verdict.ok).toBe(true)
    expect(result.tool.processes).toBe(3)
    expect(result.delivery.delivered).toBe(7 * result.sums.packets)
    expect(result.tapMs.count).toBe(7 * result.probes.timed)
  })

  test('a second run starts from the total of the first', async () => {
    await using server = new FixtureServer()
    await loadOn(server)
    const { verdict, counted, delivery, sums } = await loadOn(server)
    expect(verdict.ok).toBe(true)
    expect(counted).toBe(1000)
    // The retained packet that each viewer found there was not sent to it.
    expect(delivery.delivered).toBe(5 * sums.packets)
  })

  test('the match is sent whole', async () => {
    const { verdict, counted } = await load({}, { shape: 'match' })
    expect(verdict.ok).toBe(true)
    expect(counted).toBe(1000)
  })

  test('packets that come in single bytes are packets', async () => {
    const { verdict, delivery, sums } = await load({ dribbles: true })
    expect(verdict.ok).toBe(true)
    expect(delivery.delivered).toBe(5 * sums.packets)
  })
})

// Alone: beside others its viewers may come back only after the last tap.
test('a storm brings every viewer back and costs no count', async () => {
  const result = await load({}, { shape: 'storm', viewers: 50, seconds: 2 })
  expect(result.verdict.faults).toEqual([])
  expect(result.stormMs).toBeGreaterThan(0)
  expect(result.outageMs.count).toBe(49)
})

describe.concurrent('a server that is wrong is found', () => {
  test('when it drops a burst that it accepted', async () => {
    const faults = await faultsOf({ dropsBurst: true }, { settleSeconds: 5 })
    expect(faults).toMatch(/^Lost \d+ of 1,000 accepted taps/)
  })

  test('when it counts a burst twice', async () => {
    expect(await faultsOf({ doublesBurst: true })).toMatch(/^Counted \d+ more than the 1,000 taps/)
  })

  test('when it counts a burst for another sticker', async () => {
    expect(await faultsOf({ swapsSticker: true })).toMatch(/its stickers are not: .* too many/)
  })

  test('when it leaves one viewer out of one packet', async () => {
    expect(await faultsOf({ skipsViewer: true })).toMatch(/^1 packet did not reach a connected viewer/)
  })

  test('when it sends a packet to nobody', async () => {
    expect(await faultsOf({ skipsPacket: true })).toMatch(/the total grew by \d+ more than packets say/)
  })

  test('when two packets have one "at"', async () => {
    expect(await faultsOf({ reusesAt: true })).toContain('"at" that another packet had')
  })
})

describe.concurrent('what is no fault is told apart', () => {
  test('a packet sent twice is counted once', async () => {
    const { verdict, delivery } = await load({ repeatsPacket: true })
    expect(verdict.ok).toBe(true)
    expect(delivery.repeated).toBe(5)
  })

  test('refused taps are listed by code and not missed in the counts', async () => {
    const { verdict, refused, accepted, counted, sent, unsent } = await load({ refuses: 'too_many_requests' })
    expect(verdict.ok).toBe(true)
    expect(refused.too_many_requests).toBeGreaterThan(0)
    // A machine that is too slow for all of them sends fewer, and says so.
    expect(accepted + refused.too_many_requests! + unsent).toBe(sent)
    expect(counted).toBe(accepted)
  })

  test('a server that cannot keep up: every tap is told, as accepted, without an answer, or never sent', async () => {
    const { verdict, sent, accepted, unanswered, unsent, counted } = await load(
      { keepsSilent: true },
      // Long enough to read on a busy machine what was sent.
      { rate: 4000, settleSeconds: 5 },
    )
    expect(verdict.faults).toEqual([])
    expect([accepted > 0, unanswered > 0, unsent > 0]).toEqual([true, true, true])
    expect(accepted + unanswered + unsent).toBe(sent)
    expect(counted).toBe(accepted + unanswered)
  })

  test('a viewer that is cut off in the middle of a packet comes back and has no gap', async () => {
    const { verdict, delivery, outageMs } = await load({ cutsViewer: true }, { seconds: 2 })
    expect(verdict.faults).toEqual([])
    expect(delivery.closes).toBe(1)
    expect(outageMs.count).toBe(1)
  })

  test('a server that stops and comes back is an outage, and what could not be sent is not missed', async () => {
    await using server = new FixtureServer()
    let second = 0
    let restarted: Promise<void> | undefined
    const result = await loadOn(server, { seconds: 5 }, () => {
      second++
      if (second === 1) void server.stop()
      if (second === 2) restarted = server.restart()
    })
    await restarted
    expect(result.verdict.faults, Bun.inspect(result.faults.viewers)).toEqual([])
    expect(result.unsent).toBeGreaterThan(0)
    expect(result.sent).toBe(5000)
    expect(result.accepted + result.unsent + result.unanswered).toBe(5000)
    expect(result.counted).toBeGreaterThanOrEqual(result.accepted)
    expect(result.outageMs.count).toBe(5)
    expect(result.outageMs.max).toBeGreaterThan(500)
  })
})
