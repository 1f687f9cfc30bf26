import { afterEach, describe, expect, test } from 'bun:test'
import mqtt from 'mqtt'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import { commands as token } from '../../cli/commands/token.ts'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { control } from '../../protocol/records/control.ts'
import { showTopic } from '../../protocol/topics.ts'
import { publishRevoked } from '../../services/deliver/publish-revoked.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { markOf } from '../../services/identity/revocations.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'
import { runCommand } from '../command-line.ts'
import { startRoar } from '../embedded.ts'
import { needs } from '../needs.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { launchRole } from './launch-role.ts'

const RELAYS = ['--relay-secret', 'known to edges and bridges alone', '--auth-secret', SECRET]
const ADMINISTRATIVE = 0x98

const ends: (() => unknown)[] = []
const later = (end: () => unknown) => void ends.push(end)
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const expS = () => Math.floor(Date.now() / 1000) + 3600

/** An edge below another or below a broker, which requires a token of everybody. */
async function edgeBelow(upstream: string) {
  const port = await freePort()
  const flags = ['--upstream', upstream, '--mqtt-port', `${port}`, '--edge-tokens', 'required', ...RELAYS]
  const role = await launchRole({ role: 'edge', flags, later })
  await role.until(200)
  return { ...role, port, asUpstream: upstreamAt(port) }
}
const upstreamAt = (port: number) => `mqtt://relay:${encodeURIComponent(RELAYS[1]!)}@127.0.0.1:${port}`

/** A viewer with this token. `ended`: the reason with which it was disconnected. */
async function viewerAt(port: number, password: string) {
  const options = { username: '', password, protocolVersion: 5, reconnectPeriod: 0 } as const
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, options)
  later(() => client.endAsync(true))
  const ended = new Promise((resolve) => client.once('disconnect', ({ reasonCode }) => resolve(reasonCode)))
  return { client, ended }
}
/** A started edge may be ready before it has received all revocations. */
async function isRefused(port: number, token: string): Promise<boolean> {
  const viewer = await viewerAt(port, token).catch(() => undefined)
  return viewer === undefined || (await viewer.ended) === ADMINISTRATIVE
}

test('what a producer revokes is refused three edges below, also by one that starts later, and nobody can read whose it is', async () => {
  const roar = await startRoar('--mqtt-port', '0', ...RELAYS)
  later(() => roar.stop())
  const middle = await edgeBelow(upstreamAt(roar.mqttPort!))
  const leaf = await edgeBelow(middle.asUpstream)
  const [one, other, everyOfBob] = [
    tokenOf('ann', { jti: 'one' }),
    tokenOf('ann', { jti: 'two' }),
    tokenOf('bob', { iss: 'https://login.example' }),
  ]
  const [ann, stays, bob] = await Promise.all(
    [one, other, everyOfBob].map((token) => viewerAt(leaf.port, token)),
  )
  const listener = mqttPubSub({ url: leaf.asUpstream, subscribesOnly: true })
  later(() => listener.close())
  const heard = new Map<string, string>()
  listener.subscribe(
    'roar/#',
    ({ topic, payload }) => void heard.set(topic, new TextDecoder().decode(payload)),
  )

  const revoke = async (body: object, as = 'pat') => {
    const headers = { authorization: `Bearer ${tokenOf(as, { role: 'producer' })}` }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await fetch(`${roar.url}/v1/studio/revocations`, init)
    return [answer.status, await answer.json()] as [number, Record<string, unknown>]
  }
  const exp = expS()
  const [status, said] = await revoke({ jti: 'one', exp })
  expect([status, said]).toEqual([201, { revoked: markOf({ jti: 'one', exp }), until: exp * 1000 }])
  expect(await ann!.ended).toBe(ADMINISTRATIVE)
  expect(await revoke({ jti: 'one', exp })).toEqual([200, said])
  const cli = [everyOfBob, '--url', roar.url, '--auth-secret', SECRET, '--as', 'pat']
  expect((await runCommand(token, 'token revoke', cli)).code).toBe(0)
  expect(await bob!.ended).toBe(ADMINISTRATIVE)
  expect((await revoke({ jti: 'late', exp: exp - 7200 }))[0]).toBe(400)

  const late = await edgeBelow(leaf.asUpstream)
  const ports = [roar.mqttPort!, middle.port, leaf.port, late.port]
  for (const port of ports)
    expect([await isRefused(port, one), await isRefused(port, everyOfBob)]).toEqual([true, true])
  expect(stays!.client.connected).toBe(true)
  await viewerAt(late.port, other)

  const topics = [...heard.keys()].filter((topic) => topic.includes('revoked'))
  expect(topics).toHaveLength(2)
  for (const topic of topics)
    expect(topic + heard.get(topic)).toMatch(/^roar\/\$tokens\/revoked\/[\w-]{22}\{"until":\d+\}$/)
  for (const filter of ['roar/$tokens/revoked/+', 'roar/$tokens/#', topics[0]!])
    await expect(stays!.client.subscribeAsync(filter)).rejects.toThrow()

  const headers = { authorization: `Bearer ${tokenOf('pat', { role: 'producer' })}` }
  const trail = (await (await fetch(`${roar.url}/v1/studio/audit`, { headers })).json()) as {
    action: string
  }[]
  const acts = trail.filter(({ action }) => action === 'revoke-token')
  expect(acts).toMatchObject([{ who: 'pat' }, { who: 'pat', detail: said }])
})

describe.skipIf(!needs('mosquitto'))('through Mosquitto', () => {
  test('a revoked token is refused by an edge below, also when the broker has lost its memory, and its topic ends with the token', async () => {
    const broker = await startMosquitto()
    later(() => broker.close())
    const pubsub = mqttPubSub({ url: broker.url })
    later(() => pubsub.close())
    const log = new MemoryLog({ clock: systemClock })
    const directory = new ShowDirectory({ log, logger: pino({ level: 'silent' }), health: UNSUPERVISED })
    later(() => directory.close())
    later(publishRevoked({ pubsub, directory, clock: systemClock }).stop)
    const say = () =>
      pubsub.publish({
        topic: showTopic('final'),
        payload: new TextEncoder().encode('{"version":1}'),
        retain: true,
      })
    say()
    const edge = await edgeBelow(broker.url)
    const token = tokenOf('ann', { jti: 'one' })
    const viewer = await viewerAt(edge.port, token)
    const soon = Date.now() + 3_000
    const marks = [markOf({ jti: 'one', exp: 0 }), markOf({ jti: 'soon', exp: 0 })] as const
    const revoked = [
      { revoked: marks[0], until: expS() * 1000 },
      { revoked: marks[1], until: soon },
    ]
    await log.append('control', revoked.map(control.encode))
    expect(await viewer.ended).toBe(ADMINISTRATIVE)

    await broker.kill()
    await broker.restart()
    say()
    const later1 = await edgeBelow(broker.url)
    expect(await isRefused(later1.port, token)).toBe(true)
    while (Date.now() < soon + 1_000) await Bun.sleep(50)
    const kept = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 })
    later(() => kept.endAsync(true))
    const topics: string[] = []
    const last = Promise.withResolvers<void>()
    kept.on('message', (topic) => (topic.endsWith('the-last') ? last.resolve() : void topics.push(topic)))
    await kept.subscribeAsync('roar/$tokens/revoked/#')
    kept.publish('roar/$tokens/revoked/the-last', 'x')
    await last.promise
    expect(topics).toEqual([`roar/$tokens/revoked/${marks[0]}`])
  })
})
