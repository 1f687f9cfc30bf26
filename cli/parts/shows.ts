import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { announceShows, reportRestored } from '../../services/studio/shows.ts'
import { part } from '../assembly/part.ts'

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

/** Not ready until it knows every show: until then it would tell viewers that theirs does not exist. */
export const directory = part({
  name: 'directory',
  needs: ['log'],
  uses: ['announcement', 'polls-seen'],
  reads: ['control'],
  // A known show stays usable; but the opening and closing of votes must be received.
  neededFor: ['votes', 'packets', 'studio'],
  reports: true,
  async open({ log, logger, health, 'polls-seen': seen }) {
    const directory = new ShowDirectory({ log, logger, health })
    await directory.caughtUp()
    seen?.follow(directory)
    return { thing: directory, close: () => directory.close() }
  },
})
