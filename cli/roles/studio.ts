import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { announceShows } from '../../services/studio/shows.ts'
import { ConfigError } from '../config.ts'
import { openLog, openStore } from '../from-config.ts'
import type { Config } from '../settings.ts'
import { type Role, runRole } from './role.ts'
import { watchPart } from './watch.ts'

/** `roar studio`: keeps the shows and tells every role of them. */
export const studio = (config: Config): Promise<number> =>
  runRole('studio', config, async (logger): Promise<Role> => {
    if (config.store === '') throw new ConfigError('store', 'is missing: the database that keeps the shows')
    const log = await openLog(config)
    const store = await openStore(config.store)
    await announceShows({ store, log, first: DEMO_SHOW })
    return {
      metrics: watchPart('log', log, { logger, away: 'changes of shows are refused' }),
      readiness: () => (log.state() === 'up' ? undefined : 'the log is away'),
      drain: [
        ['log', () => log.close()],
        ['store', () => store.close()],
      ],
    }
  })
