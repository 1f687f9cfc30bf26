import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRoar } from '../../test/embedded.ts'
import { ownPlatform } from '../src/platform.ts'
import { type Roar, shows } from '../src/shows/index.ts'

let server: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  server = await startRoar()
})
afterAll(() => server.stop())

/** Counts the sockets that are open, and waits a hundredth of what it might. */
function rig() {
  const own = ownPlatform()
  const sockets: WebSocket[] = []
  class Counted extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol)
      sockets.push(this)
    }
  }
  const all = shows({ url: server.url }, { ...own, WebSocket: Counted, random: () => 0.01 })
  return { all, sockets, open: () => sockets.filter(({ readyState }) => readyState <= 1).length }
}

const total = (roar: Roar, wanted: (total: number) => boolean): Promise<number> =>
  new Promise((resolve) => roar.on('mood', ({ total }) => wanted(total) && resolve(total)))

test('shows are joined and left on one socket, each hears its own topics, and the last one closes it', async () => {
  const { all, sockets, open } = rig()
  const home = all.join({ show: 'final', segment: 'home' })
  const whole = all.join({ show: 'final' })
  const segments: string[] = []
  whole.on('segment', ({ segment }) => segments.push(segment))
  await Promise.all([home.ready(), whole.ready()])
  expect(home.status()).toEqual({ state: 'live', over: 'mqtt' })
  const late = all.join({ show: 'final', topics: ['mood'] })
  await late.ready()
  expect([sockets.length, open()]).toEqual([1, 1])

  const heard = [home, whole, late].map((roar) => total(roar, (total) => total > 0))
  const own = home.once('segment')
  home.react('heart')
  await Promise.all(heard)
  expect(await own).toMatchObject({ segment: 'home' })
  // Who did not ask for a segment does not hear it because a neighbour did.
  expect(segments).toEqual([])

  home.close()
  const again = total(late, (total) => total >= 2)
  whole.react('six')
  await again
  expect(open()).toBe(1)
  all.close()
  await Promise.all(
    sockets.map(
      (socket) => socket.readyState === 3 || new Promise((end) => socket.addEventListener('close', end)),
    ),
  )
  expect([sockets.length, open()]).toEqual([1, 0])
  expect([home, whole, late].map((roar) => roar.status().state)).toEqual(['closed', 'closed', 'closed'])
})

test('a socket that is lost is lost for all, and one new one brings all back', async () => {
  const { all, sockets, open } = rig()
  const joined = [all.join({ show: 'final' }), all.join({ show: 'final', segment: 'away' })]
  await Promise.all(joined.map((roar) => roar.ready()))
  const lost = joined.map((roar) => roar.once('status'))
  sockets[0]!.close()
  expect(await Promise.all(lost)).toEqual(joined.map(() => expect.objectContaining({ state: 'waiting' })))
  await Promise.all(joined.map((roar) => roar.ready()))
  expect([sockets.length, open()]).toEqual([2, 1])
  all.close()
})

test('a show that there is not fails alone', async () => {
  const { all } = rig()
  const [good, bad] = [all.join({ show: 'final' }), all.join({ show: 'nothing' })]
  await expect(bad.ready()).rejects.toMatchObject({ code: 'unknown_show' })
  await good.ready()
  expect(good.status()).toMatchObject({ state: 'live' })
  all.close()
})
