import type { Clock } from '../../adapters/clock/clock.ts'
import { APPEND_TIMEOUT_MS } from '../../adapters/log/append-timeout.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { type Poll, votesEndOf } from '../../protocol/polls.ts'
import { BEHIND_MS_MAX } from '../../services/directory/directory.ts'
import { freeBytes } from '../../services/free-memory.ts'
import { CAST_MS_MAX } from '../../services/ingest/ballot-box.ts'
import { PictureMaker } from '../../services/media/picture-maker.ts'
import { Shelf } from '../../services/media/shelf.ts'
import { certifier } from '../../services/polls/certify.ts'
import type { PollKeys } from '../../services/polls/poll-keys.ts'
import { createControl } from '../../services/studio/control.ts'
import { ownStage } from '../../services/studio/own-stage.ts'
import { pollChanges } from '../../services/studio/poll-changes.ts'
import { startPollSchedule } from '../../services/studio/poll-schedule.ts'
import { studioRoutes } from '../../services/studio/routes.ts'
import { showChanges } from '../../services/studio/show-changes.ts'
import { startShowSchedule } from '../../services/studio/show-schedule.ts'
import { announceLost } from '../../services/studio/shows.ts'
import { watchStore } from '../../services/studio/store-watch.ts'
import type { Health } from '../../services/supervision/supervisor.ts'
import { part, type Surroundings } from '../assembly/part.ts'
import type { Things } from '../assembly/things.ts'
import type { Config } from '../settings.ts'
import { createRehearsals } from './rehearsals.ts'

/** With a single process: what was accepted within the same millisecond as the call is not judged again. */
const OWN_LEAD_MS = 1
/** The append of a change may take as long as what an ingest knows may be old when it judges a vote. */
const LEAD_MS = 2 * BEHIND_MS_MAX
/** This long after the last vote arrived, every process's ballots are in the log or were refused. */
const SETTLED_MS = CAST_MS_MAX + 2 * APPEND_TIMEOUT_MS

const NEEDS = [
  'store',
  'log',
  'log-clock',
  'directory',
  'identity',
  'people',
  'bodies',
  'keys',
  'order',
  'heads',
  'desk',
  'held',
] as const
const DEFINITION = {
  name: 'studio',
  reads: ['requests', 'ballots'],
  writes: ['control', 'held', 'posts'],
  serves: ['studio'],
  reports: true,
  settings: ['picture-bytes-max', 'public-url', 'allowed-origins'],
  uses: ['media'],
} as const

/** The producers' API where this process accepts all votes: decisions hold at once. */
export const studio = part({
  ...DEFINITION,
  needs: [...NEEDS, 'votes'],
  open: ({ votes: { casts, ready }, ...given }) =>
    open(given, {
      leadMs: OWN_LEAD_MS,
      takesViewers: true,
      // Here the end of admission takes effect at once.
      settled: ({ show, poll }) => new Promise((none) => casts.whenNone(`${show}/${poll}`, none)),
      sealsAfter: ready,
      keys: given.keys.keys,
    }),
})

/** The producers' API in a cluster: a decision holds from a time that all processes know in advance. */
export const studioOfCluster = part({
  ...DEFINITION,
  needs: NEEDS,
  open: (given) =>
    open(given, {
      leadMs: LEAD_MS,
      takesViewers: false,
      settled: (poll) => untilSettled(poll, given['log-clock']),
      keys: given.keys.keys,
    }),
})

function open(
  given: Pick<Things, (typeof NEEDS)[number]> &
    Partial<Pick<Things, 'media'>> &
    Surroundings & { config: Pick<Config, 'picture-bytes-max' | 'public-url'>; health: Health },
  {
    leadMs,
    takesViewers,
    settled,
    sealsAfter,
    keys,
  }: {
    leadMs: number
    /** Whether the viewers' API is here, too: rehearsals are played into it. */
    takesViewers: boolean
    settled: (poll: Poll) => Promise<void>
    /** See `startPollSchedule`. */
    sealsAfter?: Promise<void>
    keys: PollKeys
  },
) {
  const { store, log, order, heads, directory, identity, people, bodies, desk, held, logger, states } = given
  // What is decided is dated, and shown, by the log's clock, as every role judges by it.
  const { clock: ownClock, 'log-clock': clock } = given
  const stopAnnouncing = announceLost({ store, log, first: DEMO_SHOW, directory, clock, logger })
  const stopWatching = watchStore({ store, clock, health: given.health })
  const { signingKeys } = given.keys
  const control = createControl({
    ...{ store, log, directory, leadMs, clock: ownClock, logClock: clock },
    readMs: () => desk.readMs(),
  })
  const certify = certifier({
    log,
    order,
    store: store.polls,
    desk,
    signer: signingKeys,
    heads,
    clock,
    settled,
    freeBytes,
    tracing: given.tracing,
  })
  const change = pollChanges({ store, control, directory, clock })
  const schedules = [
    startPollSchedule({ control, directory, clock, logger, change, certify, after: sealsAfter, keys }),
    startShowSchedule({ store, control, directory, clock, logger }),
  ]
  const context = {
    store,
    control,
    directory,
    identity,
    members: people.members,
    bodies,
    keys,
    clock,
    states,
    desk,
    log,
    held,
    shelf: new Shelf({ media: given.media, maker: new PictureMaker() }),
    fileBytesMax: given.config['picture-bytes-max'],
    change,
    changeShow: showChanges({ store, control, directory, clock }),
    certify,
    rotateKey: (who: string) => signingKeys.rotate(who),
    revokeKey: (kid: string, who: string) => signingKeys.revoke(kid, who),
  }
  let listensAt: string | undefined
  const rehearsals = createRehearsals({
    here: () => (takesViewers ? listensAt : given.config['public-url'] || undefined),
    stage: (show, who) => ownStage(context, show, who),
    ...{ directory, identity, clock, logger },
  })
  return {
    thing: undefined,
    routes: studioRoutes({ ...context, rehearsals }),
    start({ url }: { url: string }) {
      listensAt = url
    },
    async drain() {
      stopWatching()
      stopAnnouncing()
      await rehearsals.close()
      for (const schedule of schedules) schedule.close()
      await control.drain()
    },
  }
}

/** Other processes may still write, after the end, ballots that they accepted in time. */
async function untilSettled(poll: Poll, clock: Clock): Promise<void> {
  const left = votesEndOf(poll) + SETTLED_MS - clock.now()
  if (left > 0) await new Promise<void>((resolve) => clock.after(left, resolve))
}
