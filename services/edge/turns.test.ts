import { expect, test } from 'bun:test'
import { IN_ONE_TURN, inTurns } from '../../engine/turns.ts'
import { hubRig } from '../../test/edge/hub-rig.ts'
import { eventsInLane } from './events-route.ts'
import { STANDBY } from './goodbye.ts'

const VIEWERS = 2 * IN_ONE_TURN + 100

/** A crowd at an edge whose other work has its turn when the test says so. */
function crowd() {
  const turns: (() => void)[] = []
  const rig = hubRig({ yieldThen: (resume) => void turns.push(resume) })
  const viewers = Array.from({ length: VIEWERS }, () => rig.connected(5, { keepalive: 60 }))
  const left = () => viewers.filter(({ closedWith }) => closedWith === undefined).length
  return {
    ...rig,
    viewers,
    left,
    /** The next one, and how many have gone by then. */
    turn() {
      turns.shift()!()
      return VIEWERS - left()
    },
    turns,
  }
}

test('a crowd that falls silent at once is cut a slice in a turn, and who leaves meanwhile is not cut', () => {
  const { hub, context, viewers, left, turn, turns, pass } = crowd()
  pass(90_000)
  expect(VIEWERS - left()).toBe(IN_ONE_TURN)
  viewers.at(-1)!.say({ cmd: 'disconnect' })
  expect(turn()).toBe(2 * IN_ONE_TURN + 1)
  expect(turn()).toBe(VIEWERS)
  expect(turns).toEqual([])
  expect(context.counters.refused).toEqual({})
  hub.tick()
  expect(context.wheel.advance(context.now() + 3_600_000)).toEqual([])
})

test('goodbyes to all are said a slice in a turn, until they are no longer meant', () => {
  const { hub, context, left, turn } = crowd()
  const leaving = hub.close(IN_ONE_TURN, STANDBY)
  inTurns(leaving, context)
  expect(turn()).toBe(2 * IN_ONE_TURN)
  leaving.return(undefined)
  turn()
  expect(left()).toBe(100)
})

test('where nobody knows who was skipped all are looked at in slices, and what they missed is kept until then', () => {
  const { hub, context, viewers, turn, publish } = crowd()
  const topic = publish('roar/final/mood', '{"at":1}', true)!
  const slow = viewers.at(-1)!
  slow.transport.stuck = true
  slow.transport.send(new Uint8Array(10))
  context.missed.add(topic)
  hub.lookForSlow()
  expect(context.slow.size).toBe(0)
  // The next skip comes while the first look is under way: another one follows it.
  hub.lookForSlow()
  hub.tick()
  expect(context.missed.size).toBe(1)
  turn()
  turn()
  expect([...context.slow.keys()]).toHaveLength(1)
  slow.reads()
  expect(context.slow.size).toBe(0)
  hub.tick()
  expect(context.missed.size).toBe(1)
  turn()
  turn()
  hub.tick()
  expect(context.missed.size).toBe(0)
})

test('a topic that speaks for the first time waits until all are subscribed to it, and everybody hears it once', () => {
  const { viewers, publish, turns, connected } = crowd()
  for (const viewer of viewers) viewer.subscribe('roar/final/polls/+')
  for (const viewer of viewers) viewer.heard()
  publish('roar/final/polls/mvp', '{"version":1}', true)
  publish('roar/final/polls/mvp', '{"version":2}', true)
  expect(viewers[0]!.heard()).toEqual([])
  const late = connected(5)
  late.subscribe('roar/final/polls/+')
  while (turns.length > 0) turns.shift()!()
  const heard = [...viewers.map((viewer) => viewer.heard().join()), late.heard().slice(1).join()]
  // Of two values that wait the older one may be left out.
  for (const each of heard) expect(each).toMatch(/^(polls\/mvp 0 {"version":1},)?polls\/mvp 0 {"version":2}$/)
})

test('a topic that speaks for the first time is held against other filters a slice in a turn', () => {
  const { viewers, publish, turns } = crowd()
  for (const [i, viewer] of viewers.entries()) viewer.subscribe(`roar/final/+/${i}`)
  viewers.at(-1)!.heard()
  publish(`roar/final/polls/${VIEWERS - 1}`, '{"version":1}', true)
  expect(viewers.at(-1)!.heard()).toEqual([])
  let more = 0
  for (; turns.length > 0; more++) turns.shift()!()
  expect(more).toBe(2)
  expect(viewers.at(-1)!.heard()).toHaveLength(1)
})

test('the polls of a run that is over are taken back one in a turn, and one that has begun anew meanwhile is not', () => {
  const turns: (() => void)[] = []
  const { publish, connected, context } = hubRig({ yieldThen: (resume) => void turns.push(resume) })
  const topics = Array.from({ length: 256 }, (_, i) => `roar/final/polls/p${i}`)
  for (const topic of topics) publish(topic, '{"version":1}', true)
  while (turns.length > 0) turns.shift()!()
  const viewer = connected()
  viewer.subscribe('roar/final/polls/#')
  viewer.heard()
  publish('roar/final/show', '{"version":2,"run":2}', true)
  expect(viewer.heard()).toEqual(['polls/p0 0 '])
  publish(topics[255]!, '{"version":2,"run":2}', true)
  expect(viewer.heard()).toEqual(['polls/p255 0 {"version":2,"run":2}'])
  let each = 1
  for (; turns.length > 0; each++) {
    turns.shift()!()
    expect(viewer.heard()).toEqual(each < 255 ? [`polls/p${each} 0 `] : [])
  }
  expect(topics.filter((topic) => context.topics.get(topic)!.valueAt(0) !== undefined)).toEqual([
    topics[255]!,
  ])
})

test('event streams that come at once are admitted some in a turn, for two milliseconds', async () => {
  let passedMs = 0
  let admitted = 0
  const turns: (() => void)[] = []
  const { context } = hubRig({
    passedMs: () => passedMs,
    yieldThen: (resume) => void turns.push(resume),
  })
  const door = {
    visitor: () => ({ address: '', token: undefined }),
    // What a stream takes.
    async claimsOf() {
      passedMs++
      return {}
    },
    admit() {
      admitted++
      return []
    },
  }
  const { answer } = eventsInLane('/events', {
    ...{ context, door, trustProxy: false, showExists: () => true, isInStep: () => true },
    segmentExists: () => true,
  })
  const target = '/v1/shows/final/events'
  const request = { target, params: { show: 'final' }, body: '', authorization: undefined, address: () => '' }
  const opened = Promise.all(Array.from({ length: 7 }, () => answer(request)))
  const afterTurns: number[] = []
  for (let resume: (() => void) | undefined = () => {}; resume !== undefined; resume = turns.shift()) {
    resume()
    await new Promise<void>((done) => setImmediate(done))
    afterTurns.push(admitted)
  }
  expect(afterTurns).toEqual([2, 4, 6, 7])
  await opened
})
