import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { BEHIND_MS_MAX, ShowDirectory } from '../../services/directory/directory.ts'
import { announceShows, reportRestored } from '../../services/studio/shows.ts'
import type { Health } from '../../services/supervision/supervisor.ts'
import { part, type Surroundings } from '../assembly/part.ts'
import type { Things } from '../assembly/things.ts'

/** Announces the shows of the store at the start of the process that keeps them. */
export const announcement = part({
  name: 'announcement',
  needs: ['store', 'log'],
  uses: ['polls-seen'],
  async open({ store, log, logger }) {
    reportRestored(await announceShows({ store, log, first: DEMO_SHOW }), logger)
    return { thing: undefined }
  },
})

const DEFINITION = {
  name: 'directory',
  needs: ['log'],
  uses: ['announcement', 'polls-seen'],
  reads: ['control'],
  // A known show stays usable; but the opening and closing of votes must be received.
  neededFor: ['votes', 'packets', 'studio'],
  reports: true,
} as const

/** Not ready until it knows every show: until then it would tell viewers that theirs does not exist. */
export const directory = part({ ...DEFINITION, open: (given) => open(given) })

/** The same in a cluster: what a studio decides, other processes know a moment later. */
export const sharedDirectory = part({
  ...DEFINITION,
  open: (given) => open(given, { knownWithinMs: BEHIND_MS_MAX }),
})

async function open(
  {
    log,
    logger,
    health,
    'polls-seen': seen,
  }: Pick<Things, 'log'> & Partial<Pick<Things, 'polls-seen'>> & Surroundings & { health: Health },
  options: { knownWithinMs?: number } = {},
) {
  const directory = new ShowDirectory({ log, logger, health, ...options })
  await directory.caughtUp()
  seen?.follow(directory)
  return { thing: directory, close: () => directory.close() }
}
