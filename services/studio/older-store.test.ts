import { expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { Store } from '../../adapters/store/store.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { createPoll, openPoll } from '../../engine/polls/life.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import { control } from '../../protocol/records/control.ts'
import type { Show } from '../../protocol/show.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { createControl } from './control.ts'
import { pollChanges } from './poll-changes.ts'
import { showChanges } from './show-changes.ts'
import { announceShows } from './shows.ts'

const ENDED = 1_795_349_712_000
const logger = pino({ level: 'silent' })

/** A show that has ended, and its poll that is open, as everybody has heard; the store that answers now had neither by then. */
async function afterFailover() {
  const log = new MemoryLog({ clock: systemClock })
  const replica = new MemoryStore()
  await announceShows({ store: replica, log, first: DEMO_SHOW })
  const poll = createPoll('final', 'mvp', RULES, ENDED)
  await replica.polls.save(poll, { replaces: 0 })
  const ended: Show = { ...DEMO_SHOW, version: DEMO_SHOW.version + 3, ended: ENDED }
  const open = { ...openPoll(poll, ENDED), version: poll.version + 1 }
  await log.append('control', [poll, open, ended].map(control.encode))
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await directory.caughtUp()
  return { log, replica, directory, ended, open }
}

const studioOn = (store: Store, log: MemoryLog, directory: ShowDirectory) => {
  const given = { store, directory, clock: systemClock }
  const control = createControl({ ...given, log, leadMs: 1 })
  return {
    changeShow: showChanges({ ...given, control }),
    change: pollChanges({ ...given, control }),
  }
}

test('what a producer changes beside a store that lost its newest writes goes on from what everybody has heard', async () => {
  const { log, replica, directory, ended } = await afterFailover()
  const { changeShow, change } = studioOn(replica, log, directory)
  const title = 'The final, which is over'
  const changed = await changeShow({
    ...{ show: 'final', who: 'pat', action: 'change-show' },
    act: (show) => ({ ...show, title, version: show.version + 1 }),
  })
  expect(changed).toEqual({ ...ended, title, version: ended.version + 1 })
  expect(directory.get('final').show).toEqual(changed)
  expect(await replica.show('final')).toEqual(changed)
  // A poll's change makes a version of the show too.
  await replica.saveShow(DEMO_SHOW, { replaces: changed.version })
  await change({
    show: 'final',
    poll: 'mvp',
    who: 'pat',
    action: 'rename',
    act: (poll) => ({ ...poll, question: 'Who?', version: poll.version + 1 }),
  })
  expect(directory.get('final').show).toMatchObject({ title, ended: ENDED })
  expect(directory.get('final').show.version).toBeGreaterThan(changed.version)
})

test('a studio that starts on a store that lost its newest writes gives it back what was told, and tells nothing older', async () => {
  const { log, replica, ended, open } = await afterFailover()
  const restored = await announceShows({ store: replica, log, first: DEMO_SHOW })
  expect(restored).toEqual([
    `final at version ${ended.version}, of which it had ${DEMO_SHOW.version}`,
    `final/mvp at version ${open.version}, of which it had ${open.version - 1}`,
  ])
  expect(await replica.show('final')).toEqual(ended)
  expect(await replica.polls.find('final', 'mvp')).toEqual(open)
  // Whoever starts later finds the newest record of a key alone, as the topic is compacted.
  const newest = new Map<string | null, unknown>()
  const reader = log.consume('control', (batch) => {
    for (const { key, value } of batch) newest.set(key, control.decode(value))
  })
  await reader.caughtUp()
  expect([newest.get('final'), newest.get('final/mvp')]).toEqual([ended, open])
  expect(await announceShows({ store: replica, log, first: DEMO_SHOW })).toEqual([])
  // A store that has nothing of it gets all of it.
  const empty = new MemoryStore()
  await announceShows({ store: empty, log, first: DEMO_SHOW })
  expect(await empty.shows()).toEqual([ended])
})
