import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { createPoll } from '../../engine/polls/life.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import { RoarError } from '../../protocol/errors.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { announceLost, announceShows } from './shows.ts'

const NOW = 1_795_349_712_000
const said: string[] = []
const logger = pino({ level: 'warn' }, { write: (line) => void said.push(line) })

test('who starts after the control log was made anew knows every show and poll, also where the log refuses for a while, which is said once', async () => {
  const clock = new ManualClock(NOW)
  const store = new MemoryStore()
  let memory = new MemoryLog({ clock })
  let refusals = 0
  let [underWay, mostAtOnce] = [0, 0]
  let lose = () => {}
  let loseMeanwhile = () => {}
  const log = {
    async append(...given: Parameters<Log['append']>) {
      mostAtOnce = Math.max(mostAtOnce, ++underWay)
      loseMeanwhile()
      await new Promise((turn) => setImmediate(turn))
      underWay--
      if (refusals-- > 0) throw new RoarError('log_unavailable', 'no broker answers')
      return memory.append(...given)
    },
    consume(...[topic, handle, options]: Parameters<Log['consume']>) {
      lose = () => options!.onLoss!('the topic was deleted and made anew')
      return memory.consume(topic, handle, options)
    },
  } as Log
  await announceShows({ store, log, first: DEMO_SHOW })
  const poll = createPoll('final', 'mvp', RULES, NOW)
  await store.polls.save(poll, { replaces: 0 })
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await directory.caughtUp()
  const loseNow = lose
  const stop = announceLost({ store, log, first: DEMO_SHOW, directory, clock, logger })
  memory = new MemoryLog({ clock })
  refusals = 2
  loseNow()
  // More is lost while it is announced, and once more before that is.
  loseMeanwhile = () => {
    loseMeanwhile = () => {}
    loseNow()
    loseNow()
    clock.advance(0)
  }
  const next = new ShowDirectory({ log: memory, logger, health: UNSUPERVISED })
  while (next.findPoll('final', 'mvp') === undefined) {
    clock.advance(1000)
    await new Promise((turn) => setImmediate(turn))
  }
  expect([next.find('final')?.show, next.poll('final', 'mvp').poll]).toEqual([DEMO_SHOW, poll])
  expect(mostAtOnce).toBe(1)
  expect(said.filter((line) => line.includes('could not be announced again'))).toHaveLength(1)
  stop()
  await Promise.all([directory.close(), next.close()])
})

test.each([undefined, 'ann', {}, { revoked: 'a'.repeat(22) }, { revoked: 7, until: NOW }])(
  'an entry of the trail that revokes %p keeps no other token from being revoked after a start',
  async (detail) => {
    const clock = new ManualClock(NOW)
    const [store, log] = [new MemoryStore(), new MemoryLog({ clock })]
    const entry = { at: NOW, who: 'pat', action: 'revoke-token', poll: '' }
    await store.polls.record('', { ...entry, detail })
    const good = { revoked: 'b'.repeat(22), until: 4_000_000_000_000 }
    await store.polls.record('', { ...entry, detail: good })
    await announceShows({ store, log, first: DEMO_SHOW })
    const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
    await directory.caughtUp()
    expect(directory.revoked()).toEqual([good])
    await directory.close()
  },
)
