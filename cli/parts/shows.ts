import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { announceShows } from '../../services/studio/shows.ts'
import { part } from '../assembly/part.ts'

/** Whoever keeps the shows says at its start which there are. */
export const announcement = part({
  name: 'announcement',
  needs: ['store', 'log'],
  async open({ store, log }) {
    await announceShows({ store, log, first: DEMO_SHOW })
    return { thing: undefined }
  },
})

/** Who answers a viewer before it knows every show would say that there is none. */
export const directory = part({
  name: 'directory',
  needs: ['log'],
  uses: ['announcement'],
  reads: ['control'],
  async open({ log, logger }) {
    const directory = new ShowDirectory({ log, logger })
    await directory.caughtUp()
    return { thing: directory, close: () => directory.close() }
  },
})
