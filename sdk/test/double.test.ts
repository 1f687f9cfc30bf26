import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startRoar } from '../../test/embedded.ts'
import { connect, type Roar, type ShowDocument } from '../src/index.ts'
import { roarDouble } from '../src/testing/index.ts'

let server: Awaited<ReturnType<typeof startRoar>>
let document: ShowDocument
beforeAll(async () => {
  server = await startRoar()
  document = (await (await fetch(`${server.url}/v1/shows/final`)).json()) as ShowDocument
})
afterAll(() => server.stop())

/** The client that is meant, and the double that stands in for it: what a user of one sees, a user of the other sees too. */
const KINDS: Record<string, () => Roar> = {
  'the client': () => connect({ url: server.url, show: 'final' }),
  'its double': () => {
    const roar = roarDouble()
    queueMicrotask(() => {
      roar.emit('show', document)
      roar.emit('status', { state: 'live', over: 'mqtt' })
    })
    return roar
  },
}

for (const [name, start] of Object.entries(KINDS)) {
  describe(name, () => {
    test('begins connecting, is ready with the show, and pauses until the last reason is gone', async () => {
      const roar = start()
      expect([roar.status(), roar.show()]).toEqual([{ state: 'connecting' }, undefined])
      expect(await roar.ready()).toMatchObject({ show: 'final', title: document.title })
      expect(roar.show()).toMatchObject({ show: 'final' })
      roar.pause('user')
      roar.pause('hidden')
      roar.pause('user')
      expect(roar.status()).toEqual({ state: 'paused', reasons: ['user', 'hidden'] })
      roar.resume('user')
      roar.resume('never held')
      expect(roar.status()).toEqual({ state: 'paused', reasons: ['hidden'] })
      roar.resume('hidden')
      expect(roar.status()).toEqual({ state: 'connecting' })
      roar.close()
    })

    test('listens until the listener is taken back, its signal aborts, or the client is closed', async () => {
      const roar = start()
      const heard: string[] = []
      const abort = new AbortController()
      roar.on('status', ({ state }) => heard.push(`a ${state}`))()
      roar.on('status', ({ state }) => heard.push(`b ${state}`), { signal: abort.signal })
      roar.on('status', ({ state }) => heard.push(`c ${state}`))
      const never = roar.once('poll')
      const aborted = roar.once('poll', { signal: abort.signal })
      await roar.ready()
      abort.abort(new Error('enough'))
      await expect(aborted).rejects.toThrow('enough')
      await expect(roar.once('poll', { signal: abort.signal })).rejects.toThrow('enough')
      roar.close()
      await expect(never).rejects.toMatchObject({ code: 'closed' })
      expect(heard).toEqual(['b live', 'c live', 'c closed'])
    })

    test('once closed it refuses taps, posts and waiting', async () => {
      const roar = start()
      roar.close()
      roar.close()
      const refused: unknown[] = []
      roar.on('refused', ({ stickers, code }) => refused.push({ stickers, code }))
      roar.react('heart')
      expect(refused).toEqual([{ stickers: { heart: 1 }, code: 'closed' }])
      await expect(roar.post('heart')).rejects.toMatchObject({ code: 'closed' })
      await expect(roar.ready()).rejects.toMatchObject({ code: 'closed' })
      expect(roar.status()).toEqual({ state: 'closed' })
    })

    test('has the earlier posts, none here', async () => {
      const roar = start()
      expect(await roar.feed()).toEqual({ at: 0, posts: [], removed: [] })
      roar.close()
    })

    test('a drain ends it', async () => {
      const roar = start()
      await roar.ready()
      const states: string[] = []
      roar.on('status', ({ state }) => states.push(state))
      await roar.drain()
      expect(states).toEqual(['draining', 'closed'])
    })
  })
}

test('a client closes when its signal aborts, also one that had aborted before', async () => {
  const abort = new AbortController()
  const roar = connect({ url: server.url, show: 'final', signal: abort.signal })
  await roar.ready()
  abort.abort()
  expect(roar.status()).toEqual({ state: 'closed' })
  expect(connect({ url: server.url, show: 'final', signal: abort.signal }).status()).toEqual({
    state: 'closed',
  })
})

test('the log sees every event', async () => {
  const seen: string[] = []
  const roar = connect({ url: server.url, show: 'final', log: (name) => seen.push(name) })
  const mood = roar.once('mood')
  roar.react('heart')
  await roar.once('accepted')
  await mood
  roar.close()
  expect(new Set(seen)).toEqual(new Set(['show', 'status', 'accepted', 'mood']))
})

test('the double counts taps and posts, and answers posts as it is told', async () => {
  const roar = roarDouble({ onPost: ({ sticker = '' }) => ({ post: { id: sticker, at: 7, viewer: 'ann' } }) })
  roar.react('heart')
  roar.react('heart')
  // Every object has something of this name.
  roar.react('constructor')
  expect(await roar.post('six', { room: 'gang' })).toEqual({ post: { id: 'six', at: 7, viewer: 'ann' } })
  await roar.post({ sticker: 'six', text: 'What a hit' })
  expect([roar.taps, roar.posts]).toEqual([
    { heart: 2, constructor: 1 },
    [
      { sticker: 'six', room: 'gang' },
      { sticker: 'six', text: 'What a hit' },
    ],
  ])
})
