import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { startEdge } from '../../services/edge/edge-fixture.ts'
import { needs } from '../needs.ts'

/** Debian's mosquitto_sub is built without WebSocket; mqtt.js covers that transport. */
describe.skipIf(!needs('mosquitto_sub'))('mosquitto_sub over TCP', () => {
  let fixture: ReturnType<typeof startEdge>
  beforeAll(() => {
    fixture = startEdge()
    fixture.publish('roar/final/mood', 'kept', true)
  })
  afterAll(() => fixture.close())

  const listen = (version: string, ...more: string[]) => {
    const address = ['-h', '127.0.0.1', '-p', String(fixture.tcpPort)]
    return Bun.spawn(['mosquitto_sub', ...address, '-V', version, '-F', '%t %r %p', '-W', '10', ...more], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
  }

  for (const version of ['mqttv311', 'mqttv5']) {
    test(`${version} hears the retained value first, then what is live, also on a topic that is new`, async () => {
      const sub = listen(version, '-t', 'roar/final/#', '-C', '3')
      const lines = readLines(sub.stdout)
      expect(await lines.next()).toBe('roar/final/mood 1 kept')
      fixture.publish('roar/final/mood', 'live')
      const fresh = `roar/final/polls/${version}`
      fixture.publish(fresh, 'new')
      expect(await lines.next()).toBe('roar/final/mood 0 live')
      expect(await lines.next()).toBe(`${fresh} 0 new`)
      expect(await sub.exited).toBe(0)
    })

    test(`${version} is told that a filter outside the show is refused`, async () => {
      const sub = listen(version, '-t', '#')
      expect(await new Response(sub.stderr).text()).toContain('denied')
      await sub.exited
    })
  }

  test('version 3.1 is refused with its own return code', async () => {
    const sub = listen('mqttv31', '-t', 'roar/final/mood')
    expect(await new Response(sub.stderr).text()).toContain('unacceptable protocol version')
  })

  test('mqttv5 with retain-as-published keeps the flag of live packets', async () => {
    const sub = listen(
      'mqttv5',
      '--retain-as-published',
      '-t',
      'roar/final/show',
      '-t',
      'roar/final/mood',
      '-C',
      '2',
    )
    const lines = readLines(sub.stdout)
    expect(await lines.next()).toBe('roar/final/mood 1 kept')
    fixture.publish('roar/final/show', '8', true)
    expect(await lines.next()).toBe('roar/final/show 1 8')
  })
})

function readLines(stream: ReadableStream<Uint8Array>): { next(): Promise<string | undefined> } {
  const lines = linesOf(stream)
  return { next: async () => (await lines.next()).value }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  return undefined
}

/**
 * A bridge's first CONNECT has the highest bit of the level set, which requests bridge rules: the edge refuses it with a code
 * that the bridge understands. The bridge leaves a will below `$SYS`.
 */
describe.skipIf(!needs('mosquitto') || !needs('mosquitto_sub'))(
  "Mosquitto's own bridge, as it is by default",
  () => {
    test('connects, and passes on what the edge says', async () => {
      const fixture = startEdge({ isRelay: () => true })
      fixture.publish('roar/final/mood', 'kept', true)
      const settings = `connection edge\nrestart_timeout 1\naddress 127.0.0.1:${fixture.tcpPort}\ntopic roar/# in 0\n`
      const broker = await startMosquitto({ settings })
      const address = ['-h', '127.0.0.1', '-p', String(broker.port)]
      const sub = Bun.spawn(
        ['mosquitto_sub', ...address, '-F', '%t %p', '-W', '15', '-t', 'roar/final/#', '-C', '2'],
        {
          stdout: 'pipe',
        },
      )
      const lines = readLines(sub.stdout)
      expect(await lines.next()).toBe('roar/final/mood kept')
      fixture.publish('roar/final/feed', 'live')
      expect(await lines.next()).toBe('roar/final/feed live')
      await broker.close()
      await fixture.close()
    })
  },
)
