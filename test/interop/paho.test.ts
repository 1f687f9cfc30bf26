import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { startEdge } from '../../services/edge/edge-fixture.ts'
import { needs } from '../needs.ts'

/**
 * What the Eclipse Paho interoperability suite requires of a server, by clause, as far as it applies to one that viewers only
 * listen to: publishing by clients, sessions that outlive a connection, QoS above 0 and topic aliases are not offered. The suite
 * is in no package registry; the client that it is written for is.
 */

const PYTHON = '/usr/bin/python3'
const SCRIPT = join(import.meta.dir, 'conversation.py')
const hasPaho = () => Bun.spawnSync([PYTHON, '-c', 'import paho.mqtt.subscribeoptions']).success
const END = 'roar/final/end'

type Step = [verb: string, ...words: unknown[]]
type Version = 4 | 5

let fixture: ReturnType<typeof startEdge>
beforeAll(() => {
  fixture = startEdge()
  fixture.publish('roar/final/mood', 'kept', true)
  fixture.publish('roar/final/show', 'kept too', true)
})
afterAll(() => fixture.close())

/** Runs steps, and returns their results. @param publish Called when the script is subscribed. */
async function play(
  version: Version,
  steps: Step[],
  { connect = {}, publish = [], url = `tcp://127.0.0.1:${fixture.tcpPort}` }: Played = {},
): Promise<unknown[][]> {
  const talk = JSON.stringify({ url, version, connect, steps })
  const child = Bun.spawn([PYTHON, SCRIPT, talk], { stdout: 'pipe', stderr: 'pipe' })
  const said: unknown[][] = []
  let rest = ''
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const words = JSON.parse(line) as unknown[]
      if (words[0] !== 'ready') said.push(words)
      else for (const [topic, payload] of [...publish, [END, 'end']]) fixture.publish(topic!, payload!)
    }
  }
  expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ''])
  return said
}
interface Played {
  connect?: object
  publish?: [topic: string, payload: string][]
  url?: string
}

const CONNECT: Step = ['connect']
const DISCONNECT: Step = ['disconnect']
const HEAR: Step = ['hear', END]
const subscribe = (...filters: (string | object)[]): Step => [
  'subscribe',
  ...filters.map((filter) => (typeof filter === 'string' ? { topic: filter } : filter)),
]
const connack = (code: number, known: unknown = expect.anything()) => ['connack', code, 0, known]
const bye = ['closed', 0]
const in5 = (version: Version, five: number, four: number) => (version === 5 ? five : four)

/** A CONNECT in hex; `name`: the protocol name with its length prefix. */
const LEVEL = { 4: '04', 5: '05' } as const
const connectBytes = (version: Version, name = '00044d515454') => {
  const body = `${name}${LEVEL[version]}02003c${version === 5 ? '00' : ''}000161`
  return `10${(body.length / 2).toString(16).padStart(2, '0')}${body}`
}

describe.skipIf(!needs('paho-mqtt', hasPaho())).each([4, 5] as const)(
  'the Paho client, level %d',
  (version) => {
    test('connects, also again, and is told of no session [MQTT-3.2.2-2] [MQTT-3.1.2-6]', async () => {
      const steps = [CONNECT, DISCONNECT, CONNECT, DISCONNECT]
      expect(await play(version, steps, { connect: { clean: false } })).toEqual([
        connack(0),
        bye,
        connack(0),
        bye,
      ])
    })

    test('connects over WebSocket [MQTT-6.0.0-3]', async () => {
      const url = fixture.webSocketUrl
      expect(await play(version, [CONNECT, subscribe('roar/final/mood'), DISCONNECT], { url })).toEqual(
        expect.arrayContaining([connack(0), ['suback', [0]], bye]),
      )
    })

    test('without an id is given one, or refused where 3.1.1 asks to keep a session [MQTT-3.1.3-6] [MQTT-3.1.3-8]', async () => {
      const known =
        version === 5 ? expect.objectContaining({ AssignedClientIdentifier: expect.any(String) }) : {}
      expect(await play(version, [CONNECT, DISCONNECT], { connect: { id: '' } })).toEqual([
        connack(0, known),
        bye,
      ])
      if (version === 5) return
      const refused = await play(4, [['bytes', '100c00044d5154540400003c0000']])
      expect(refused).toEqual([['cut', '20020002']])
    })

    test('gets the retained value with its flag, then what is live without, once for filters that overlap [MQTT-3.3.1-8] [MQTT-3.3.1-9]', async () => {
      const filters = subscribe({ topic: 'roar/final/+', qos: 2 }, { topic: 'roar/final/mood', qos: 1 })
      const said = await play(version, [CONNECT, filters, HEAR, DISCONNECT], {
        publish: [['roar/final/mood', 'live']],
      })
      expect(said).toContainEqual(['suback', [0, 0]])
      const messages = said.filter(([what, topic]) => what === 'message' && topic !== END)
      expect(messages.filter(([, topic]) => topic === 'roar/final/show')).toEqual([
        ['message', 'roar/final/show', 1, 'kept too'],
      ])
      expect(messages.filter(([, , retain]) => retain === 0)).toEqual([
        ['message', 'roar/final/mood', 0, 'live'],
      ])
      expect(messages).toContainEqual(['message', 'roar/final/mood', 1, 'kept'])
    })

    test('hears nothing more of what it unsubscribed from [MQTT-3.10.4-2] [MQTT-3.10.4-4]', async () => {
      const steps = [
        CONNECT,
        subscribe('roar/final/a', 'roar/final/b', END),
        ['unsubscribe', 'roar/final/a'] as Step,
      ]
      const said = await play(version, [...steps, HEAR, DISCONNECT], {
        publish: [
          ['roar/final/a', '1'],
          ['roar/final/b', '2'],
        ],
      })
      expect(said.filter(([what, topic]) => what === 'message' && topic !== END)).toEqual([
        ['message', 'roar/final/b', 0, '2'],
      ])
      expect(said).toContainEqual(['unsuback', version === 5 ? [0] : []])
    })

    test('is told of each filter that it may not have, and keeps the others [MQTT-3.8.4-5] [MQTT-3.9.3-2]', async () => {
      const said = await play(version, [CONNECT, subscribe('#', '$SYS/#', 'roar/final/a'), DISCONNECT])
      const refused = in5(version, 0x8f, 0x80)
      expect(said).toContainEqual(['suback', [refused, refused, 0]])
    })

    test('may leave no will: it would be a PUBLISH [MQTT-3.1.2-8]', async () => {
      const [said] = await play(version, [CONNECT], { connect: { will: 'roar/final/mood' } })
      expect(said).toEqual(connack(in5(version, 0x87, 5)))
      if (version === 5)
        expect((await play(5, [CONNECT], { connect: { will: 'roar/final/mood', willQos: 1 } }))[0]).toEqual(
          connack(0x9b),
        )
    })

    test('is ended for a PUBLISH, with the reason where there is a word for it [MQTT-3.3.5-2]', async () => {
      const said = await play(version, [CONNECT, ['publish', 'roar/final/mood', 0]])
      expect(said.at(-1)).toEqual(['closed', version === 5 ? 0x87 : expect.any(Number)])
    })

    test('that breaks the protocol is cut, with the reason where there is a word for it', async () => {
      const properties = version === 5 ? '00' : ''
      const packet = (type: string, body: string) =>
        `${type}${(body.length / 2).toString(16).padStart(2, '0')}${body}`
      const connect = connectBytes(version)
      const faults: [what: string, packets: string[], reason: string][] = [
        ['a second CONNECT [MQTT-3.1.0-2]', [connect, connect], '82'],
        ['no CONNECT first [MQTT-3.1.0-1]', ['c000'], ''],
        ['another protocol name [MQTT-3.1.2-1]', [connectBytes(version, '000468656c6c')], ''],
        ['reserved flags [MQTT-2.2.2-2]', [connect, 'c100'], '81'],
        ['SUBSCRIBE without a filter [MQTT-3.8.3-3]', [connect, packet('82', `0001${properties}`)], '82'],
        [
          'a filter that is none [MQTT-4.7.1-2]',
          [connect, packet('82', `0001${properties}00022b2b00`)],
          '8f',
        ],
        ['a reserved type', [connect, version === 5 ? '0000' : 'f000'], '8'],
        ['a length of five bytes [MQTT-2.2.3-1]', [connect, 'c0ffffffff01'], '8'],
      ]
      const said = await play(
        version,
        faults.map(([, packets]) => ['bytes', ...packets]),
      )
      for (const [i, [what, , reason]] of faults.entries()) {
        const disconnect = /e0..(8.)/.exec(said[i]![1] as string)?.[1] ?? ''
        expect([what, disconnect]).toEqual([
          what,
          version === 5 ? expect.stringMatching(new RegExp(`^${reason}`)) : '',
        ])
      }
    })
  },
)

test.skipIf(!needs('paho-mqtt', hasPaho()))(
  'the Paho client that falls silent is cut after one and a half keep-alives [MQTT-3.1.2-24]',
  async () => {
    const silent = async (version: Version) =>
      (await play(version, [CONNECT, ['silent']], { connect: { keepAlive: 1 } })).at(-1)
    // It may have requested one PINGRESP before it fell silent.
    const heard = await Promise.all([silent(4), silent(5)])
    expect(heard).toEqual([
      ['cut', expect.stringMatching(/^(d000)*$/)],
      ['cut', expect.stringMatching(/^(d000)*e0..8d/)],
    ])
  },
)

describe.skipIf(!needs('paho-mqtt', hasPaho()))('the Paho client, level 5 alone', () => {
  test('is told what is not offered, and the keep-alive that it has to keep [MQTT-3.2.2-21]', async () => {
    const [said] = await play(5, [CONNECT, DISCONNECT], { connect: { keepAlive: 0 } })
    expect(said).toEqual(connack(0, expect.objectContaining({ ServerKeepAlive: 600, MaximumQoS: 0 })))
  })

  test('decides by Retain Handling and Retain As Published what it gets [MQTT-3.3.1-10] [MQTT-3.3.1-13]', async () => {
    const none = await play(5, [
      CONNECT,
      subscribe({ topic: 'roar/final/mood', rh: 2 }, END),
      HEAR,
      DISCONNECT,
    ])
    expect(none.filter(([what, topic]) => what === 'message' && topic !== END)).toEqual([])
    const again = { topic: 'roar/final/mood', rh: 1 }
    const once = await play(5, [CONNECT, subscribe(again, END), subscribe(again), HEAR, DISCONNECT])
    expect(once.filter(([, topic]) => topic === 'roar/final/mood')).toHaveLength(1)
  })

  test('gets no packet larger than it takes [MQTT-3.1.2-24]', async () => {
    const connect = { properties: { MaximumPacketSize: 100 } }
    const said = await play(5, [CONNECT, subscribe('roar/final/a', END), HEAR, DISCONNECT], {
      connect,
      publish: [
        ['roar/final/a', 'x'.repeat(200)],
        ['roar/final/a', 'fits'],
      ],
    })
    expect(said.filter(([, topic]) => topic === 'roar/final/a')).toEqual([
      ['message', 'roar/final/a', 0, 'fits'],
    ])
  })

  test('has a session for as long as its connection, whatever it asks for, and may not ask for one at the end [MQTT-3.14.2-2]', async () => {
    const kept = { connect: { clean: false, properties: { SessionExpiryInterval: 100 } } }
    const said = await play(5, [CONNECT, subscribe('roar/final/a'), DISCONNECT, CONNECT, DISCONNECT], kept)
    expect(said.filter(([what]) => what === 'connack')).toEqual([
      connack(0, expect.objectContaining({ SessionExpiryInterval: 0 })),
      connack(0, expect.objectContaining({ SessionExpiryInterval: 0 })),
    ])
    const bytes = [connectBytes(5), 'e007000511000000ff']
    const [, heard] = (await play(5, [['bytes', ...bytes]]))[0]! as [string, string]
    expect(heard).toMatch(/e0..82/)
  })

  test('is told that shared subscriptions are not offered [MQTT-3.2.2.3.13]', async () => {
    const said = await play(5, [CONNECT, subscribe('$share/name/roar/final/a'), DISCONNECT])
    expect(said).toContainEqual(['suback', [0x9e]])
  })
})
