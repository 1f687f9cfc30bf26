import { type Clock, systemClock } from '../../adapters/clock/clock.ts'
import { APPEND_TIMEOUT_MS } from '../../adapters/log/log-kafka.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { type Poll, votesEndOf } from '../../protocol/polls.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { BodyReader } from '../../services/http/body.ts'
import { CAST_MS_MAX } from '../../services/ingest/ballot-box.ts'
import { certifier } from '../../services/polls/certify.ts'
import { createControl } from '../../services/studio/control.ts'
import { pollChanges } from '../../services/studio/poll-changes.ts'
import { startPollSchedule } from '../../services/studio/poll-schedule.ts'
import { studioRoutes } from '../../services/studio/routes.ts'
import { announceShows } from '../../services/studio/shows.ts'
import { ConfigError } from '../config.ts'
import { identityOf, openLog, openStore } from '../from-config.ts'
import type { Config } from '../settings.ts'
import { openVoting } from '../voting.ts'
import { countOutages } from './outages.ts'
import { type Role, runRole } from './role.ts'
import { watchLog } from './watch-log.ts'

/** Every process hears of a change in a few hundred milliseconds, or is without the log and takes no votes. */
const LEAD_MS = 2_000
/** So long after the last vote was received a ballot of any process is in the log, or was refused and comes no more. */
const SETTLED_MS = CAST_MS_MAX + 2 * APPEND_TIMEOUT_MS

/** `roar studio`: keeps the shows and polls, tells every role of them, and seals polls: what producers call. */
export const studio = (config: Config): Promise<number> =>
  runRole('studio', config, async ({ logger, supervisor }): Promise<Role> => {
    if (config.store === '') throw new ConfigError('store', 'is missing: the database that keeps the shows')
    const identity = identityOf(config)
    const clock = systemClock
    const log = await openLog(config)
    const store = await openStore(config.store)
    await announceShows({ store, log, first: DEMO_SHOW })
    const directory = new ShowDirectory({ log, logger })
    await directory.caughtUp()
    const voting = await openVoting({ store, log, directory, clock, logger, shared: true })
    const bodies = new BodyReader()
    const control = createControl({ store, log, directory, clock, leadMs: LEAD_MS })
    const certify = certifier({
      log,
      store: store.polls,
      desk: voting.desk,
      signer: voting.signingKeys,
      clock,
      settled: (poll) => untilSettled(poll, clock),
    })
    const change = pollChanges({ store, control, directory, clock })
    const schedule = startPollSchedule({ control, directory, clock, logger, change, certify })
    watchLog(log, {
      health: supervisor.register('log', { neededFor: ['studio'] }),
      meanwhile: 'changes of shows and polls are refused',
    })
    return {
      metrics: countOutages('log', log),
      routes: {
        ...studioRoutes({
          store,
          control,
          directory,
          identity,
          bodies,
          keys: voting.keys,
          clock,
          desk: voting.desk,
          change,
          certify,
          rotateKey: () => voting.signingKeys.rotate(),
        }),
      },
      drain: [
        ['bodies', () => bodies.settled()],
        ['schedule', async () => schedule.close()],
        ['polls', () => voting.drain()],
        ['directory', () => directory.close()],
        ['log', () => log.close()],
        ['store', () => store.close()],
      ],
    }
  })

/** Other processes write what they took in time after its end, too. */
async function untilSettled(poll: Poll, clock: Clock): Promise<void> {
  const left = votesEndOf(poll) + SETTLED_MS - clock.now()
  if (left > 0) await new Promise<void>((resolve) => clock.after(left, resolve))
}
