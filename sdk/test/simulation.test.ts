import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { seededRandom } from '../../load/random.ts'
import { connect, type Roar, type Status, type Stickers } from '../src/index.ts'
import { STEP_MS_MAX } from '../src/machine.ts'
import { PONG_MS_MAX, QUIET_MS } from '../src/mqtt.ts'
import { OPEN_MS_MAX } from '../src/transports.ts'
// Loaded where it is needed, which takes time that this clock does not know of.
import '../src/sse.ts'
import { fakePage } from './fake-page.ts'
import { type Account, CALM, FLUSH_MS, type Obstacles, STORM, World } from './world.ts'

const VIEWERS = 12
const STORM_S = 240
/** Longer than the longest climb, backoff and calm together. */
const CALM_S = 1_500

const NO_SOCKETS: Obstacles = { mqtt: 'refused' }
const POLLING_ONLY: Obstacles = { mqtt: 'refused', sse: 'refused' }

interface Viewer {
  client: Roar
  account: Account
  obstacles: Obstacles
  made: number
  told: Record<'accepted' | 'skipped' | 'refused' | 'network', number>
  statuses: Status[]
  total: number
  lastAt: number
}

/** Fixed seeds, so that a green run stays green, and one of the day, so that new ground is seen. `ROAR_SEED` runs one alone. */
const seeds = process.env.ROAR_SEED
  ? [Number(process.env.ROAR_SEED)]
  : [1, 2, 3, Math.floor(Date.now() / 86_400_000)]

for (const seed of seeds) {
  test(`after storms and restarts the totals agree and every tap is accounted for (ROAR_SEED=${seed})`, async () => {
    const random = seededRandom(seed)
    const clock = new ManualClock(1_800_000_000_000)
    const world = new World(clock, random)
    const viewers = Array.from({ length: VIEWERS }, (_, i) =>
      join(world, i % 4 === 1 ? NO_SOCKETS : i % 4 === 2 ? POLLING_ONLY : {}),
    )

    world.weather = STORM
    await pass(clock, STORM_S, (second) => {
      if (second % 60 === 20) world.stop()
      if (second % 60 === 20 + Math.ceil(random() * 15)) world.start()
      if (second % 60 === 40) world.start()
      world.sample = second % 90 < 60 ? 1 : 0.5
      for (const viewer of viewers) live(viewer, random)
    })

    world.weather = CALM
    world.sample = 1
    world.start()
    for (const { client } of viewers) for (const reason of ['hidden', 'offline']) client.resume(reason)
    await pass(clock, CALM_S, () => {})
    // Who is on a climb right now gets the time to come back from it.
    for (let second = 0; second < 90 && !viewers.every(settled); second++) await pass(clock, 1, () => {})

    for (const viewer of viewers) {
      const { account, told, made, total, client, obstacles } = viewer
      expect(total).toBe(world.total)
      expect(client.status()).toEqual(
        obstacles.sse
          ? { state: 'polling', over: 'polling' }
          : { state: 'live', over: obstacles.mqtt ? 'sse' : 'mqtt' },
      )
      expect(account.openMax).toBe(1)
      expect(account.impatient).toBe(0)
      expect(
        Math.min(...account.bursts.map((at, i) => at - (account.bursts[i - 1] ?? 0))),
      ).toBeGreaterThanOrEqual(FLUSH_MS)
      expect(jumps(viewer.statuses)).toEqual([])
      // Every tap has exactly one fate, and none was counted twice.
      expect(told.accepted + told.skipped + told.refused).toBe(made)
      expect(account.counted).toBe(told.accepted + account.unheard)
      expect(account.unheard).toBeLessThanOrEqual(told.network)
    }
    expect(viewers.reduce((sum, { account }) => sum + account.unheard, 0)).toBeGreaterThan(0)
    for (const { client } of viewers) client.close()
    await settle()
    expect(viewers.map(({ account }) => account.open)).toEqual(viewers.map(() => 0))
  })
}

for (const seed of [11, 13, 15, 16]) {
  test(`whatever stands on the way, nobody is in the dark for 20 s while any way is open, and nobody climbs for ever (seed ${seed})`, async () => {
    const MQTT = [undefined, 'refused', 'hangs', 'mute', 'cut'] as const
    const SSE = [undefined, 'refused', 'hangs', 'mute', 'cut', 'page'] as const
    const clock = new ManualClock(1_800_000_000_000)
    const world = new World(clock, seededRandom(seed))
    const viewers = MQTT.flatMap((mqtt) =>
      SSE.map((sse) => {
        const viewer = {
          ...join(world, { ...(mqtt && { mqtt }), ...(sse && { sse }) }),
          darkMs: 0,
          seenAt: clock.now(),
        }
        viewer.client.on('mood', () => {
          viewer.seenAt = clock.now()
        })
        return viewer
      }),
    )
    const crowd = join(world)
    const minutes = 6
    await pass(clock, minutes * 60, () => {
      crowd.client.react('heart')
      for (const viewer of viewers) viewer.darkMs = Math.max(viewer.darkMs, clock.now() - viewer.seenAt)
    })
    for (const { obstacles, darkMs, account, client } of viewers) {
      expect({ obstacles, inTheDark: darkMs > 20_000 && darkMs }).toEqual({ obstacles, inTheDark: false })
      // Connections and requests for the show: climbs at half the pace each time, and no hammering.
      expect({ obstacles, tries: account.tries.length }).toEqual({ obstacles, tries: expect.any(Number) })
      expect(account.tries.length).toBeLessThan(12 * minutes)
      client.close()
    }
    crowd.client.close()
  })
}

test('the longest way down, past a socket that falls mute and a stream that says nothing, leaves a second and a half of 20 s for latency', () => {
  expect(1.5 * QUIET_MS + PONG_MS_MAX + OPEN_MS_MAX + 2 * STEP_MS_MAX).toBeLessThanOrEqual(18_500)
})

test('a crowd that a restart throws out does not come back in one moment', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(7))
  const crowd = Array.from({ length: 60 }, () => join(world))
  await pass(clock, 5, () => {})
  const thrownAt = clock.now()
  world.stop()
  world.start()
  await pass(clock, 6, () => {})
  const returns = crowd.map(({ account }) => account.tries.find((at) => at >= thrownAt)! - thrownAt)
  for (let second = 0; second < 5; second++) {
    const share =
      returns.filter((ms) => ms >= second * 1000 && ms < (second + 1) * 1000).length / crowd.length
    expect(share).toBeGreaterThan(0.05)
    expect(share).toBeLessThan(0.4)
  }
  for (const { client } of crowd) client.close()
})

test('a line that falls silent is noticed and replaced within 20 s, by MQTT and by events', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(8))
  const listeners = [join(world), join(world, NO_SOCKETS)]
  await pass(clock, 60, () => {})
  expect(listeners.every(settled)).toBe(true)
  world.weather = { ...CALM, silent: 1 }
  await pass(clock, 1, () => {})
  world.weather = CALM
  const other = join(world)
  other.client.react('heart')
  await pass(clock, 19, () => {})
  for (const { total, client } of [...listeners, other]) {
    expect(total).toBe(1)
    client.close()
  }
})

test('who walks into a network that swallows WebSockets is back within 20 s, however well the one before had held', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(17))
  const walkers = Array.from({ length: 40 }, () => {
    const obstacles: Obstacles = {}
    const walker = { ...join(world, obstacles), obstacles, seenAt: 0, darkMs: 0 }
    walker.client.on('mood', () => {
      walker.seenAt = clock.now()
    })
    return walker
  })
  await pass(clock, 60, () => {})
  expect(walkers.every(settled)).toBe(true)
  world.weather = { ...CALM, silent: 1 }
  for (const { obstacles } of walkers) obstacles.mqtt = 'hangs'
  await pass(clock, 1, () => {})
  world.weather = CALM
  const crowd = join(world)
  for (const walker of walkers) walker.seenAt = clock.now()
  await pass(clock, 60, () => {
    crowd.client.react('heart')
    for (const walker of walkers) walker.darkMs = Math.max(walker.darkMs, clock.now() - walker.seenAt)
  })
  expect(Math.max(...walkers.map(({ darkMs }) => darkMs))).toBeLessThan(20_000)
  for (const { client } of [...walkers, crowd]) client.close()
})

for (const everyMs of [300, 1_000, 4_000]) {
  test(`who walks between two networks that come and go every ${everyMs} ms sees packets within 20 s, and does not hammer`, async () => {
    const clock = new ManualClock(1_800_000_000_000)
    const world = new World(clock, seededRandom(19))
    const crowd = join(world)
    const page = fakePage()
    page.put()
    try {
      const walkers = Array.from({ length: 20 }, () => {
        const walker = { ...join(world), seenAt: clock.now(), darkMs: 0 }
        walker.client.on('mood', () => {
          walker.seenAt = clock.now()
        })
        return walker
      })
      const flap = (online: boolean) => {
        page.goes(online ? 'online' : 'offline')
        clock.after(online ? everyMs : everyMs / 10, () => flap(!online))
      }
      flap(false)
      const minutes = 3
      await pass(clock, minutes * 60, () => {
        crowd.client.react('heart')
        for (const walker of walkers) walker.darkMs = Math.max(walker.darkMs, clock.now() - walker.seenAt)
      })
      expect(Math.max(...walkers.map(({ darkMs }) => darkMs))).toBeLessThan(20_000)
      expect(Math.max(...walkers.map(({ account }) => account.tries.length))).toBeLessThan(12 * minutes)
      for (const { client } of [...walkers, crowd]) client.close()
    } finally {
      page.takeAway()
    }
  })
}

test('a server that opens and says nothing costs the rung, not the evening', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(9))
  world.weather = { ...CALM, silent: 1 }
  const { client, statuses } = join(world)
  await pass(clock, 5, () => {})
  expect(client.status()).toEqual({ state: 'connecting' })
  world.weather = CALM
  await pass(clock, 5, () => {})
  expect(client.status()).toEqual({ state: 'live', over: 'sse' })
  expect(statuses).toContainEqual(expect.objectContaining({ state: 'waiting', code: 'silent' }))
  client.close()
})

test('while the client waits it says why, and a press tries now', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(14))
  world.stop()
  const { client, statuses } = join(world)
  await pass(clock, 120, () => {})
  expect(statuses.filter(({ state }) => state === 'waiting')).toContainEqual(
    expect.objectContaining({ code: 'network' }),
  )
  for (let second = 0; second < 60 && client.status().state !== 'waiting'; second++)
    await pass(clock, 1, () => {})
  world.start()
  client.retry()
  await pass(clock, 1, () => {})
  expect(client.status()).toEqual({ state: 'live', over: 'mqtt' })
  client.close()
})

test('a changed show is fetched again, past a cache that lags, and not by everybody at once', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(11))
  const crowd = Array.from({ length: 20 }, () => join(world))
  await pass(clock, 5, () => {})
  const versions = crowd.map(({ client }) => {
    const heard: number[] = []
    client.on('show', ({ version }) => heard.push(version))
    return heard
  })
  const changedAt = clock.now()
  world.staleAnswers = 20
  world.changeShow()
  await pass(clock, 30, () => {})
  expect(versions).toEqual(crowd.map(() => [2]))
  const firstSecond = crowd.filter(({ account }) =>
    account.tries.some((at) => at > changedAt && at < changedAt + 1000),
  )
  expect(firstSecond.length).toBeWithin(3, 18)
  for (const { client } of crowd) client.close()
})

test('a show that has changed again by the time it is fetched is not asked for until the news of it comes', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(21))
  const { client, account } = join(world)
  await pass(clock, 5, () => {})
  const before = account.tries.length
  world.changeShow()
  world.show = { ...world.show, version: 3 }
  await pass(clock, 60, () => {})
  expect(client.show()!.version).toBe(3)
  expect(account.tries.length - before).toBe(1)
  client.close()
})

test('after a close nothing is heard, whatever was on its way', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(12))
  // Closed while the show is asked for, and at several moments of listening.
  for (const afterMs of [0, 100, 200, 40_000, 40_150, 40_300]) {
    for (const { client } of [{}, NO_SOCKETS, POLLING_ONLY].map((obstacles) => join(world, obstacles))) {
      await turn(clock, afterMs)
      world.changeShow()
      const heard: string[] = []
      client.close()
      for (const name of ['mood', 'feed', 'show', 'status'] as const) client.on(name, () => heard.push(name))
      await turn(clock, 10_000)
      expect(heard).toEqual([])
    }
  }
})

test('a fetch that ignores its signal holds up no viewer and no tap, and leaves no stream open', async () => {
  for (const obstacles of [{}, NO_SOCKETS, POLLING_ONLY]) {
    const clock = new ManualClock(1_800_000_000_000)
    const world = new World(clock, seededRandom(20))
    const { client, account, told } = join(world, obstacles, ({ signal, ...init }) => init)
    // Half of what is lost is never answered.
    world.weather = { ...CALM, lost: 1 }
    await pass(clock, 60, () => client.react('heart'))
    world.weather = CALM
    await pass(clock, 120, () => client.react('heart'))
    expect({ obstacles, settled: settled({ client }) }).toEqual({ obstacles, settled: true })
    expect(told.accepted).toBeGreaterThan(100)
    expect(account.openMax).toBeLessThan(2)
    client.close()
    await settle()
    expect(account.open).toBe(0)
  }
})

test('while offline nothing is sent, and afterwards everything', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(10))
  const { client, account, told } = join(world)
  await pass(clock, 5, () => {})
  client.pause('offline')
  client.react('heart')
  await pass(clock, 10, () => {})
  expect(account.bursts).toEqual([])
  client.resume('offline')
  await pass(clock, 10, () => {})
  expect(told.accepted).toBe(1)
  client.close()
})

test('taps of a time without a network are safe from one that only looks open', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const world = new World(clock, seededRandom(18))
  const { client, account, told } = join(world)
  await pass(clock, 5, () => {})
  client.pause('offline')
  client.react('heart')
  world.weather = { ...CALM, lost: 1 }
  await pass(clock, 5, () => {})
  client.resume('offline')
  await pass(clock, 30, () => {})
  expect(account.bursts).toEqual([])
  world.weather = CALM
  await pass(clock, 60, () => {})
  expect(told).toEqual({ accepted: 1, skipped: 0, refused: 0, network: 0 })
  client.close()
})

/** @param passOn What the page's own fetch tells the real one. */
function join(
  world: World,
  obstacles: Obstacles = {},
  passOn = (init: RequestInit): RequestInit => init,
): Viewer {
  const { platform, account } = world.platform(obstacles)
  const fetch: typeof platform.fetch = (url, init = {}) => platform.fetch(url, passOn(init))
  const client = connect({ url: 'http://roar.test', show: 'final' }, { ...platform, fetch })
  const told = { accepted: 0, skipped: 0, refused: 0, network: 0 }
  const viewer: Viewer = {
    client,
    account,
    obstacles,
    made: 0,
    told,
    statuses: [client.status()],
    total: -1,
    lastAt: -1,
  }
  client.on('accepted', ({ stickers }) => (told.accepted += sum(stickers)))
  client.on('skipped', ({ stickers }) => (told.skipped += sum(stickers)))
  client.on('refused', ({ stickers, code }) => {
    told.refused += sum(stickers)
    if (code === 'network') told.network += sum(stickers)
  })
  client.on('status', (status) => viewer.statuses.push(status))
  client.on('mood', ({ at, total }) => {
    expect(at).toBeGreaterThan(viewer.lastAt)
    viewer.lastAt = at
    viewer.total = total
  })
  return viewer
}

const settled = ({ client }: Pick<Viewer, 'client'>): boolean => client.status().over !== undefined

/** One second of a viewer's evening. */
function live(viewer: Viewer, random: () => number): void {
  const { client } = viewer
  const taps = random() < 0.5 ? 0 : Math.floor(random() ** 6 * 250)
  for (let tap = 0; tap < taps; tap++) client.react(random() < 0.7 ? 'heart' : 'six')
  viewer.made += taps
  const dice = random()
  if (dice < 0.01) client.pause('hidden')
  else if (dice < 0.02) client.pause('offline')
  else if (dice < 0.2) client.resume(random() < 0.5 ? 'hidden' : 'offline')
}

/** Statuses that followed without a wait in between where there must be one. */
function jumps(statuses: Status[]): string[] {
  const climbsFrom = (before: Status | undefined): boolean =>
    before?.over === 'polling' || before?.over === 'sse'
  return statuses.flatMap(({ state }, i) => {
    const before = statuses[i - 1]
    if (state !== 'connecting' || before === undefined) return []
    // A climb, or straight back from one, also where it had opened.
    const opened = before.state === 'live' && statuses[i - 2]?.state === 'connecting'
    const climbed =
      climbsFrom(opened ? statuses[i - 3] : before.state === 'connecting' ? statuses[i - 2] : before) ||
      climbsFrom(before)
    return climbed || before.state === 'waiting' || before.state === 'paused'
      ? []
      : [`${before.state} → ${state}`]
  })
}

/** Turns the clock in small steps, and lets everything that was promised happen in between. */
async function pass(clock: ManualClock, seconds: number, each: (second: number) => void): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    each(second)
    await turn(clock, 1000)
  }
}

async function turn(clock: ManualClock, ms: number): Promise<void> {
  for (let step = 0; step < ms; step += 100) {
    clock.advance(Math.min(100, ms - step))
    await settle()
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

const sum = (stickers: Stickers): number => Object.values(stickers).reduce((all, count) => all + count, 0)
