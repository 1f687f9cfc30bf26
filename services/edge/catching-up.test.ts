import { afterAll, beforeEach, expect, test } from 'bun:test'
import { REASON } from '../../protocol/mqtt/wire.ts'
import { startEdge } from './edge-fixture.ts'
import { hubRig } from './hub-rig.ts'

let isInStep = false
const edge = startEdge({ isInStep: () => isInStep })
beforeEach(() => (isInStep = false))
afterAll(() => edge.close())

test.each(['mood', 'feed', 'events'])(
  '%s of a show that an edge has not heard of is to be asked for again, and is not there once the edge knows all',
  async (what) => {
    const ask = () => fetch(`${edge.url}/v1/shows/derby/${what}`)
    const early = await ask()
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await early.json()).toMatchObject({ code: 'catching_up' })
    isInStep = true
    const late = await ask()
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([404, 'unknown_show'])
    isInStep = false
    const known = await fetch(`${edge.url}/v1/shows/final/${what}`)
    expect(known.status).toBe(200)
    await known.body?.cancel()
    // No show has such a name: there is nothing to wait for.
    expect((await fetch(`${edge.url}/v1/shows/NONE/${what}`)).status).toBe(404)
  },
)

test('over MQTT a viewer waits for a show that the edge has not heard of, until the edge knows that there is none', () => {
  const { connected } = hubRig({ isInStep: () => isInStep })
  const answered = () => {
    const viewer = connected(5)
    viewer.subscribe('roar/derby/mood')
    return viewer.heard()
  }
  expect(answered()).toEqual(['suback 0'])
  isInStep = true
  expect(answered()).toEqual([`suback ${REASON.topicFilterInvalid}`])
})
