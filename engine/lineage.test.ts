import { describe, expect, test } from 'bun:test'
import { isEdgeClient, Lineage, type Pulse, relayClientId } from './lineage.ts'

const [ROOT, SELF, OTHER] = ['0000000000000001', '0000000000000002', '0000000000000003'] as const

function edge({ isRoot = false }: { isRoot?: boolean } = {}) {
  const done: string[] = []
  const said: Pulse[] = []
  const lineage = new Lineage(
    { id: SELF, isRoot, now: 0 },
    {
      say: (pulse) => void said.push(pulse),
      endRelays: () => void done.push('end relays'),
      leave: (_why, { onlyForAnother }) => void done.push(onlyForAnother ? 'leave for another' : 'leave'),
    },
  )
  return {
    lineage,
    done,
    said,
    hears: (n: number, path: string[], now: number) => lineage.heard(JSON.stringify({ n, path }), now),
  }
}
const client = (id: string) => `${relayClientId(id)}-abc`

test('a root takes every relay but itself, and says each second that it is there', () => {
  const { lineage, said } = edge({ isRoot: true })
  for (let now = 0; now <= 3_000; now += 500) lineage.tick(now)
  expect(said).toEqual([1, 2, 3, 4].map((n) => ({ n, path: [SELF] })))
  expect(lineage.refusal(client(OTHER), 0)).toBeUndefined()
  expect(lineage.refusal(client(SELF), 0)).toBe('circle')
})

test('an edge takes relays once it knows its way from the root, and none that stands on it', () => {
  const { lineage, said, hears } = edge()
  expect(lineage.refusal(client(OTHER), 0)).toBe('rootless')
  lineage.linkUp(100)
  expect(lineage.refusal(client(OTHER), 100)).toBe('rootless')
  hears(7, [ROOT], 120)
  expect(lineage.refusal(client(OTHER), 120)).toBeUndefined()
  expect(lineage.refusal('somebody else', 120)).toBeUndefined()
  expect(lineage.refusal(client(ROOT), 120)).toBe('circle')
  expect(said).toEqual([{ n: 7, path: [ROOT, SELF] }])
})

test('under a broker that says nothing of a root an edge is one, for those below it', () => {
  const { lineage, said } = edge()
  lineage.linkUp(0)
  lineage.tick(500)
  expect([lineage.seesRoot(500), said]).toEqual([false, []])
  lineage.tick(1_000)
  lineage.tick(2_000)
  expect([lineage.seesRoot(2_000), said.map(({ path }) => path)]).toEqual([true, [[SELF], [SELF]]])
})

describe('an edge whose root is lost', () => {
  test('takes no relay at once, keeps those it has for a moment, then sends them elsewhere', () => {
    const { lineage, done, hears } = edge()
    lineage.linkUp(0)
    hears(1, [ROOT], 10)
    lineage.linkDown(1_000)
    expect(lineage.refusal(client(OTHER), 1_000)).toBe('rootless')
    lineage.tick(2_500)
    expect(done).toEqual([])
    lineage.tick(3_000)
    expect(done).toEqual(['end relays'])
    lineage.tick(3_500)
    expect(done).toEqual(['end relays'])
    expect([lineage.lostForMs(3_500), lineage.rootAgeMs(3_500)]).toEqual([2_500, 3_490])
  })

  test('keeps its relays where the way is there again in time', () => {
    const { lineage, done, hears } = edge()
    lineage.linkUp(0)
    hears(1, [ROOT], 10)
    lineage.linkDown(1_000)
    lineage.linkUp(1_500)
    hears(2, [ROOT], 1_520)
    for (let now = 2_000; now < 6_000; now += 500) lineage.tick(now)
    expect([done, lineage.lostForMs(6_000)]).toEqual([[], 0])
  })

  test('looks for another parent where this one says nothing new for five seconds, again and again', () => {
    const { lineage, done, hears } = edge()
    lineage.linkUp(0)
    hears(1, [ROOT], 0)
    for (let now = 500; now <= 12_000; now += 500) {
      // A broker that lives says the same as before.
      hears(1, [ROOT], now)
      lineage.tick(now)
    }
    expect(done).toEqual(['leave for another', 'end relays', 'leave for another'])
  })
})

test('who finds itself in its own way leaves, whether there is another or not', () => {
  const { lineage, done, said, hears } = edge()
  lineage.linkUp(0)
  hears(1, [ROOT, SELF, OTHER], 10)
  expect([done, said]).toEqual([['end relays', 'leave'], []])
  expect([lineage.seesRoot(10), lineage.seesRoot(60_000)]).toEqual([false, false])
})

test.each([
  'no JSON',
  'null',
  '[]',
  '{"n":1}',
  '{"n":1,"path":[]}',
  '{"n":1,"path":["me"]}',
  '{"n":"1","path":["0000000000000001"]}',
  JSON.stringify({ n: 1, path: Array(33).fill(ROOT) }),
])('what is no pulse is not believed: %s', (text) => {
  const { lineage, said } = edge()
  lineage.linkUp(0)
  lineage.heard(text, 10)
  expect([said, lineage.seesRoot(10)]).toEqual([[], false])
})

test('a path of 32 edges is believed', () => {
  const { lineage, said, hears } = edge()
  lineage.linkUp(0)
  hears(1, Array(32).fill(ROOT), 10)
  expect([said.length, lineage.seesRoot(10)]).toEqual([1, true])
})

test('an edge has an id of 16 hexadecimal digits', () => {
  const made = (id: string) => () =>
    new Lineage({ id, isRoot: false, now: 0 }, { say: () => {}, endRelays: () => {}, leave: () => {} })
  for (const id of ['', 'me', '000000000000000G', '00000000000000001']) expect(made(id)).toThrow(RangeError)
  expect(made(SELF)).not.toThrow()
})

test('a root is never lost, and its sign is always new', () => {
  const { lineage } = edge({ isRoot: true })
  expect([lineage.lostForMs(9_000), lineage.rootAgeMs(9_000)]).toEqual([0, 0])
})

test('an edge that has no relays yet sends none elsewhere, however long it sees no root', () => {
  const { lineage, done } = edge()
  for (let now = 0; now < 10_000; now += 500) lineage.tick(now)
  expect([done, lineage.lostForMs(10_000)]).toEqual([[], 10_000])
})

describe('an edge that takes packets from another broker than before', () => {
  const START = 1_000_000
  function moved() {
    const rig = edge()
    rig.lineage.linkUp(START)
    rig.hears(1, [ROOT], START)
    rig.lineage.linkUp(START + 500)
    return rig
  }

  test('knows no way until that one says it, or says nothing for a second', () => {
    const { lineage } = moved()
    expect(lineage.lostForMs(START + 700)).toBe(200)
    lineage.tick(START + 1_499)
    expect(lineage.seesRoot(START + 1_499)).toBe(false)
    lineage.tick(START + 1_500)
    expect([lineage.seesRoot(START + 1_500), lineage.lostForMs(START + 1_500)]).toEqual([true, 0])
  })

  test('does not stand below the former any more', () => {
    const { lineage } = moved()
    expect(lineage.refusal(client(ROOT), START + 1_500)).toBeUndefined()
  })

  test('believes the pulse that it heard last from the former: here it is new', () => {
    const { lineage, hears } = moved()
    hears(1, [ROOT], START + 600)
    expect(lineage.refusal(client(ROOT), START + 600)).toBe('circle')
    expect(lineage.seesRoot(START + 600)).toBe(true)
  })
})

test('who hears nothing new leaves in the millisecond in which the root is lost, and again as long after', () => {
  const { lineage, done, hears } = edge()
  const left = () => done.filter((what) => what === 'leave for another').length
  lineage.linkUp(0)
  hears(1, [ROOT], 0)
  const counts = [4_999, 5_000, 9_999, 10_000].map((now) => {
    lineage.tick(now)
    return left()
  })
  expect(counts).toEqual([0, 1, 1, 2])
})

test('without a link no address is left, as there is none', () => {
  const { lineage, done, hears } = edge()
  lineage.linkUp(0)
  hears(1, [ROOT], 0)
  lineage.linkDown(100)
  for (let now = 500; now < 20_000; now += 500) lineage.tick(now)
  expect(done).toEqual(['end relays'])
})

test('the client id of a relay says which edge it is of, and no other id does', () => {
  expect([relayClientId(SELF), client(SELF)].map(isEdgeClient)).toEqual([true, true])
  expect(['', SELF, `roar-edge-${SELF}0`, `x${relayClientId(SELF)}`, 'mqttjs_1'].some(isEdgeClient)).toBe(
    false,
  )
})

test('the sign of the root is as old as the link, or as the newest pulse', () => {
  const { lineage, hears } = edge()
  expect([lineage.rootAgeMs(700), lineage.lostForMs(700)]).toEqual([700, 700])
  lineage.linkUp(1_000)
  expect(lineage.rootAgeMs(1_400)).toBe(400)
  hears(1, [ROOT], 1_500)
  expect(lineage.rootAgeMs(1_600)).toBe(100)
  hears(1, [ROOT], 1_700)
  expect(lineage.rootAgeMs(1_800)).toBe(300)
})

test('an edge that never had relays sends none elsewhere, and one that had them does so once', () => {
  const { lineage, done, hears } = edge()
  lineage.tick(9_000)
  expect(done).toEqual([])
  lineage.linkUp(10_000)
  hears(1, [ROOT], 10_000)
  lineage.linkDown(11_000)
  for (let now = 11_500; now < 20_000; now += 500) lineage.tick(now)
  expect(done).toEqual(['end relays'])
})

test('an edge knows all shows once its parent has said its pulse again behind all that it retains, and no longer when the root is lost', () => {
  const { lineage, hears } = edge()
  expect(lineage.isInStep(0)).toBe(false)
  lineage.linkUp(0)
  hears(1, [ROOT], 10)
  hears(2, [ROOT], 1_010)
  expect(lineage.isInStep(1_010)).toBe(false)
  hears(2, [ROOT], 1_020)
  expect(lineage.isInStep(1_020)).toBe(true)
  expect(lineage.isInStep(7_000)).toBe(false)
  lineage.linkDown(7_100)
  lineage.linkUp(7_200)
  hears(9, [ROOT], 7_210)
  expect(lineage.isInStep(7_210)).toBe(false)
})

test('under a broker that passes pulses on and says none again an edge knows all shows after some seconds', () => {
  const { lineage, hears } = edge()
  lineage.linkUp(0)
  const known = [1, 2, 3, 4, 5, 6].map((n) => {
    hears(n, [ROOT], n * 1_000)
    return lineage.isInStep(n * 1_000)
  })
  expect(known).toEqual([false, false, false, false, false, true])
  lineage.linkUp(7_000)
  hears(8, [ROOT], 7_010)
  expect(lineage.isInStep(7_010)).toBe(false)
})

test('a root knows all shows, and under a broker without pulses an edge does after some seconds', () => {
  expect(edge({ isRoot: true }).lineage.isInStep(0)).toBe(true)
  const { lineage } = edge()
  lineage.linkUp(3_000)
  expect([4_000, 7_999, 8_000].map((now) => lineage.isInStep(now))).toEqual([false, false, true])
})
