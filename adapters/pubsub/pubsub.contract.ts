import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { HANG_MS } from '../../test/hang.ts'
import type { Message, PubSub } from './pubsub.ts'

export interface PubSubFixture {
  /** Opens two ends of one PubSub without retained messages: two processes' clients; embedded: the same one twice. */
  open(): Promise<{ near: PubSub; far: PubSub }>
  close?(): Promise<void>
}

const bytes = new TextEncoder()
const text = new TextDecoder()
const message = (topic: string, payload: string, retain = false): Message => ({
  topic,
  payload: bytes.encode(payload),
  retain,
})

/** Collects what a listener receives, so that a test waits for a number of messages instead of a time. */
class Ear {
  readonly heard: string[] = []
  #waiting: (() => void)[] = []

  onMessage = ({ topic, payload }: Message): void => {
    this.heard.push(`${topic} ${text.decode(payload)}`)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async until(wanted: string): Promise<void> {
    while (!this.heard.includes(wanted)) await new Promise<void>((wake) => this.#waiting.push(wake))
  }
}

/** Settles when the subscriptions made so far are in force. */
const up = (pubsub: PubSub): Promise<void> =>
  new Promise((resolve) => {
    if (pubsub.state() === 'up') return resolve()
    const forget = pubsub.onState((state) => {
      if (state !== 'up') return
      forget()
      resolve()
    })
  })

/** Settles when everything that `near` has published went through, and everything that `far` subscribed to is in force. */
async function settle(near: PubSub, far: PubSub): Promise<void> {
  const mark = Promise.withResolvers<void>()
  const forget = far.subscribe('roar/mark', () => mark.resolve())
  await Promise.all([up(near), up(far)])
  near.publish(message('roar/mark', 'x'))
  await mark.promise
  forget()
}

/** The promises of `pubsub.ts`, for every PubSub. */
export function pubSubContract(name: string, start: () => Promise<PubSubFixture>): void {
  describe(`the PubSub ${name}`, () => {
    let fixture: PubSubFixture
    beforeAll(async () => {
      fixture = await start()
    }, HANG_MS)
    afterAll(async () => {
      await fixture?.close?.()
    })

    const promise = (title: string, run: (ends: { near: PubSub; far: PubSub }) => Promise<void>): void => {
      test(title, async () => {
        const ends = await fixture.open()
        try {
          await run(ends)
        } finally {
          await ends.near.close()
          await ends.far.close()
        }
      })
    }

    promise(
      'a report reaches who listens for reports, and whoever cannot do without',
      async ({ near, far }) => {
        const [optional, needed] = [new Ear(), new Ear()]
        far.subscribe('roar-viewers/+', optional.onMessage, { isOptional: true })
        far.subscribe('roar-viewers/edge', needed.onMessage)
        await settle(near, far)
        // An optional subscription may be in force a moment later: the report is repeated.
        let said = 0
        while (optional.heard.length === 0) {
          near.report(message('roar-viewers/edge', `${said++}`))
          await Bun.sleep(20)
        }
        await needed.until('roar-viewers/edge 0')
      },
    )

    promise('a message reaches everyone who listens to its topic, and nobody else', async ({ near, far }) => {
      const [one, two, other] = [new Ear(), new Ear(), new Ear()]
      far.subscribe('roar/final/mood', one.onMessage)
      far.subscribe('roar/+/mood', two.onMessage)
      far.subscribe('roar/final/feed', other.onMessage)
      await settle(near, far)
      near.publish(message('roar/final/mood', '1'))
      near.publish(message('roar/final/feed', 'end'))
      await Promise.all([
        one.until('roar/final/mood 1'),
        two.until('roar/final/mood 1'),
        other.until('roar/final/feed end'),
      ])
      expect([one.heard, two.heard, other.heard]).toEqual([
        ['roar/final/mood 1'],
        ['roar/final/mood 1'],
        ['roar/final/feed end'],
      ])
    })

    promise('messages arrive in the order of publishing', async ({ near, far }) => {
      const ear = new Ear()
      far.subscribe('roar/#', ear.onMessage)
      await settle(near, far)
      const sent = Array.from({ length: 100 }, (_, i) => `roar/t${i % 3} ${i}`)
      for (const line of sent) near.publish(message(line.split(' ')[0]!, line.split(' ')[1]!))
      await ear.until('roar/t0 99')
      expect(ear.heard.filter((line) => !line.startsWith('roar/mark'))).toEqual(sent)
    })

    promise('who comes later hears the newest retained value of each topic, once', async ({ near, far }) => {
      near.publish(message('roar/final/mood', 'old', true))
      near.publish(message('roar/final/mood', 'new', true))
      near.publish(message('roar/final/mood/home', 'home', true))
      near.publish(message('roar/final/feed', 'not kept'))
      await settle(near, far)
      const ear = new Ear()
      far.subscribe('roar/final/#', ear.onMessage)
      await ear.until('roar/final/mood new')
      await ear.until('roar/final/mood/home home')
      near.publish(message('roar/final/end', 'x'))
      await ear.until('roar/final/end x')
      expect(ear.heard.toSorted()).toEqual([
        'roar/final/end x',
        'roar/final/mood new',
        'roar/final/mood/home home',
      ])
    })

    promise('a live message says whether it is to be retained', async ({ near, far }) => {
      const flags: boolean[] = []
      const end = Promise.withResolvers<void>()
      far.subscribe('roar/final/+', ({ topic, retain }) => {
        if (topic === 'roar/final/end') end.resolve()
        else flags.push(retain)
      })
      await settle(near, far)
      near.publish(message('roar/final/mood', 'kept', true))
      near.publish(message('roar/final/feed', 'not kept'))
      near.publish(message('roar/final/end', ''))
      await end.promise
      expect(flags).toEqual([true, false])
    })

    promise('a second listener of one filter hears what is retained too', async ({ near, far }) => {
      near.publish(message('roar/final/show', '7', true))
      await settle(near, far)
      for (let time = 0; time < 2; time++) {
        const ear = new Ear()
        far.subscribe('roar/final/show', ear.onMessage)
        await ear.until('roar/final/show 7')
        expect(ear.heard).toHaveLength(1)
      }
    })

    promise('an empty retained payload is heard, and removes the value', async ({ near, far }) => {
      const first = new Ear()
      far.subscribe('roar/final/polls/mvp', first.onMessage)
      await settle(near, far)
      near.publish(message('roar/final/polls/mvp', 'open', true))
      near.publish(message('roar/final/polls/mvp', '', true))
      await first.until('roar/final/polls/mvp ')
      const late = new Ear()
      far.subscribe('roar/final/+/mvp', late.onMessage)
      await settle(near, far)
      near.publish(message('roar/final/polls/mvp', 'end'))
      await late.until('roar/final/polls/mvp end')
      expect(late.heard).toEqual(['roar/final/polls/mvp end'])
    })

    promise('after unsubscribing nothing is heard, and the others go on hearing', async ({ near, far }) => {
      const [leaves, stays] = [new Ear(), new Ear()]
      const leave = far.subscribe('roar/final/mood', leaves.onMessage)
      far.subscribe('roar/final/mood', stays.onMessage)
      await settle(near, far)
      near.publish(message('roar/final/mood', '1'))
      await Promise.all([leaves.until('roar/final/mood 1'), stays.until('roar/final/mood 1')])
      leave()
      leave()
      near.publish(message('roar/final/mood', '2'))
      await stays.until('roar/final/mood 2')
      expect(leaves.heard).toEqual(['roar/final/mood 1'])
    })

    promise('payloads are bytes and arrive as they were sent', async ({ near, far }) => {
      const payload = Uint8Array.from({ length: 256 }, (_, i) => i)
      const arrived = Promise.withResolvers<Uint8Array>()
      far.subscribe('roar/bytes', (heard) => arrived.resolve(heard.payload))
      await settle(near, far)
      near.publish({ topic: 'roar/bytes', payload, retain: false })
      expect([...(await arrived.promise)]).toEqual([...payload])
    })

    promise('what was published before close is passed on', async ({ near, far }) => {
      const ear = new Ear()
      far.subscribe('roar/last', ear.onMessage)
      await settle(near, far)
      near.publish(message('roar/last', 'words'))
      if (near !== far) await near.close()
      await ear.until('roar/last words')
      expect(ear.heard).toEqual(['roar/last words'])
    })

    promise('it comes up, and publishing after close is quietly nothing', async ({ near }) => {
      await up(near)
      await near.close()
      near.publish(message('roar/final/mood', 'late', true))
    })
  })
}
