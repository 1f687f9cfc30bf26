import { afterEach, describe, expect, test } from 'bun:test'
import { CLOSE } from '../../protocol/close-codes.ts'
import { RoarError } from '../../protocol/errors.ts'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { hubRig } from '../../test/edge/hub-rig.ts'
import type { TokenClaims } from './context.ts'
import { type EdgeFixture, packetsIn, startEdge } from './edge-fixture.ts'

const EXPIRES_MS = 1_060_000
const TOKENS: Record<string, TokenClaims> = {
  good: {},
  final: { show: 'final' },
  other: { show: 'other' },
  short: { expiresMs: EXPIRES_MS },
  long: { expiresMs: EXPIRES_MS + 7_200_000 },
}
const verify = async (token: string): Promise<TokenClaims> => {
  if (token === 'unclear') throw new RoarError('keys_unavailable', 'the key set cannot be had')
  const claims = TOKENS[token]
  if (claims === undefined) throw new RoarError('unauthorized', 'the token is not valid')
  return claims
}
const settled = async () => {
  for (let i = 0; i < 4; i++) await Promise.resolve()
}

describe('where tokens are demanded', () => {
  const rig = hubRig({ verify, tokensDemanded: true, isRelay: ({ local }) => local })
  const answer = async (version: 4 | 5, token?: string) => {
    const viewer = rig.viewer(version)
    viewer.connect(token === undefined ? {} : { username: '', password: Buffer.from(token) })
    await settled()
    return [viewer.heard().join(), viewer.closedWith?.code]
  }

  test.each([
    ['none', undefined, ['connack 5', CLOSE.policy], ['connack 135', CLOSE.policy]],
    ['a bad one', 'bad', ['connack 4', CLOSE.policy], ['connack 134', CLOSE.policy]],
    [
      'one that cannot be verified now',
      'unclear',
      ['connack 3', CLOSE.tryAgainLater],
      ['connack 136', CLOSE.tryAgainLater],
    ],
    ['a good one', 'good', ['connack 0', undefined], ['connack 0', undefined]],
  ] as const)('%s is answered so', async (_what, token, in4, in5) => {
    expect([await answer(4, token), await answer(5, token)]).toEqual([[...in4], [...in5]])
  })

  test('an empty password is none', async () => {
    expect(await answer(5, '')).toEqual(['connack 135', CLOSE.policy])
  })
})

test("a token's show opens no other show", async () => {
  const { viewer: newViewer } = hubRig({ verify, showExists: () => true })
  for (const version of [4, 5] as const) {
    const viewer = newViewer(version)
    viewer.connect({ username: '', password: Buffer.from('final') })
    await settled()
    viewer.heard()
    viewer.subscribe('roar/final/mood', 'roar/other/mood', 'roar/other/#')
    expect(viewer.heard()).toEqual([version === 5 ? 'suback 0,135,135' : 'suback 0,128,128'])
  }
})

test('a connection ends with its token, and is told so', async () => {
  const { viewer: newViewer, pass } = hubRig({ verify })
  const viewers = [newViewer(4), newViewer(5)]
  for (const viewer of viewers) viewer.connect({ username: '', password: Buffer.from('short'), keepalive: 0 })
  await settled()
  for (const viewer of viewers) viewer.heard()
  pass(59_500)
  expect(viewers.map(({ closedWith }) => closedWith)).toEqual([undefined, undefined])
  pass(1_000)
  expect(viewers.map(({ closedWith }) => closedWith?.code)).toEqual([CLOSE.expired, CLOSE.expired])
  expect(viewers[1]!.heard()).toEqual(['disconnect 160'])
})

test('a connection ends with its token by what the clock says then, where it was set back meanwhile', async () => {
  const { viewer: newViewer, pass, setClock } = hubRig({ verify })
  const viewer = newViewer(5)
  viewer.connect({ username: '', password: Buffer.from('short'), keepalive: 0 })
  await settled()
  viewer.heard()
  setClock(-30_000)
  pass(89_500)
  expect(viewer.closedWith).toBeUndefined()
  pass(1_000)
  expect(viewer.closedWith?.code).toBe(CLOSE.expired)
})

test('a connection ends within a minute of a clock that is put past the end of its token', async () => {
  const { viewer: newViewer, pass, setClock } = hubRig({ verify })
  const viewer = newViewer(5)
  viewer.connect({ username: '', password: Buffer.from('long'), keepalive: 0 })
  await settled()
  pass(61_000)
  expect(viewer.closedWith).toBeUndefined()
  setClock(8_000_000)
  pass(61_000)
  expect(viewer.closedWith?.code).toBe(CLOSE.expired)
})

test('a connection whose token is revoked ends, and is told so; others stay', async () => {
  let isRevoked = false
  const claimsOf = async (token: string): Promise<TokenClaims> => ({
    isRevoked: () => isRevoked && token === 'revoked',
  })
  const { viewer: newViewer, hub } = hubRig({ verify: claimsOf })
  const viewers = (['revoked', 'revoked', 'good'] as const).map((token, index) => {
    const viewer = newViewer(index === 0 ? 4 : 5)
    viewer.connect({ username: '', password: Buffer.from(token) })
    return viewer
  })
  viewers.push(newViewer(5))
  viewers.at(-1)!.connect()
  await settled()
  for (const viewer of viewers) viewer.heard()
  isRevoked = true
  for (const _ of hub.endInvalid());
  expect(viewers.map(({ closedWith }) => closedWith?.code)).toEqual([
    CLOSE.revoked,
    CLOSE.revoked,
    undefined,
    undefined,
  ])
  expect(viewers[1]!.heard()).toEqual(['disconnect 152'])
})

describe('a token in the address', () => {
  let fixture: EdgeFixture
  afterEach(() => fixture.close())
  const start = () => {
    fixture = startEdge({ verify, tokensDemanded: true })
    fixture.publish('roar/final/mood', '{"at":1}', true)
    return fixture
  }

  test('that is empty is none, on every way in: nobody is counted as having a wrong one', async () => {
    const { url, webSocketUrl, laneUrl, edge } = start()
    for (const address of [webSocketUrl, laneUrl]) {
      const socket = new WebSocket(`${address}?token=`, 'mqtt')
      socket.onopen = () => socket.send(encodeConnect({ clientId: 'v', keepAliveS: 0 }))
      const { reason } = await new Promise<CloseEvent>((resolve) => {
        socket.onclose = resolve
      })
      expect(reason).toBe('A token is needed here, as the password')
    }
    for (const path of ['mood', 'events']) {
      const answer = await fetch(`${url}/v1/shows/final/${path}?token=`)
      expect(await answer.json()).toMatchObject({ code: 'unauthorized', detail: 'a token is needed here' })
    }
    expect(edge.counters().refused).toEqual({ not_authorized: 2 })
  })

  test('opens a WebSocket, whose client has no password to give', async () => {
    const { webSocketUrl } = start()
    const socket = new WebSocket(`${webSocketUrl}?token=final`, 'mqtt')
    socket.binaryType = 'arraybuffer'
    const heard: Uint8Array[] = []
    const first = Promise.withResolvers<void>()
    socket.onmessage = ({ data }) => {
      heard.push(new Uint8Array(data))
      if (heard.length === 3) first.resolve()
    }
    socket.onopen = () => {
      socket.send(encodeConnect({ clientId: 'v', keepAliveS: 0 }))
      socket.send(encodeSubscribe(1, ['roar/final/mood']))
    }
    await first.promise
    const packets = packetsIn(Buffer.concat(heard))
    expect(packets.map(({ type }) => type)).toEqual(['connack', 'suback', 'publish'])
    socket.close()
  })

  test.each([
    ['', 401],
    ['?token=bad', 401],
    ['?token=other', 403],
    ['?token=unclear', 503],
    ['?token=final', 200],
  ])('opens the fallbacks: %j is answered %i', async (query, status) => {
    const { url } = start()
    for (const path of ['mood', 'events']) {
      const response = await fetch(`${url}/v1/shows/final/${path}${query}`)
      expect([path, response.status]).toEqual([path, status])
      if (status === 200 && path === 'mood')
        expect(response.headers.get('cache-control')).toStartWith('private')
      await response.body?.cancel()
    }
    const bearer = { headers: { authorization: 'Bearer good' } }
    expect((await fetch(`${url}/v1/shows/final/mood`, bearer)).status).toBe(200)
  })
})
