import type { Clock } from '../../adapters/clock/clock.ts'
import { type Deliver, startDeliver } from '../../services/deliver/deliver.ts'
import { publishRevoked } from '../../services/deliver/publish-revoked.ts'
import { publishViewers } from '../../services/viewers/watching-now.ts'
import { part } from '../assembly/part.ts'
import type { Things } from '../assembly/things.ts'
import { deliverMetrics } from '../metrics.ts'

/** Spark deduplicates records, and so may change a window's cells, for ten minutes. */
const CELLS_KEPT_MS = 15 * 60_000
/** This many of Spark's batches without a cell count as silence. */
const SILENT_TRIGGERS = 6

const FLOWS = { reads: ['counts', 'posts', 'room-moments', 'control'], writes: ['packets'] } as const
const NEEDS = ['log', 'log-clock', 'store', 'pubsub', 'directory', 'rooms'] as const

/** Makes packets from this process's own counts. After a clean restart viewers see their totals from the first request on. */
export const deliver = part({
  name: 'deliver',
  settings: ['window-ms'],
  needs: NEEDS,
  ...FLOWS,
  serves: ['packets'],
  reports: true,
  async open({ config, 'log-clock': clock, ...others }) {
    const given = { ...others, clock }
    const deliver = startDeliver({ ...given, windowMs: config['window-ms'] })
    await deliver.ready
    return opened(deliver, given)
  },
})

/** Makes packets from Spark's counts. Of several delivers one is active; the others, and the edges they hold, stand by. */
export const deliverOfSpark = part({
  name: 'deliver',
  settings: ['window-ms', 'spark-trigger-ms'],
  needs: NEEDS,
  uses: ['edge'],
  ...FLOWS,
  serves: ['packets'],
  reports: true,
  open({ config, edge, 'log-clock': clock, ...others }) {
    const given = { ...others, clock }
    edge?.standBy(true)
    const deliver = startDeliver({
      ...given,
      windowMs: config['window-ms'],
      silenceMs: SILENT_TRIGGERS * config['spark-trigger-ms'],
      keepMs: CELLS_KEPT_MS,
      onActive(isActive) {
        given.logger.info(isActive ? 'this deliver is active' : 'this deliver is on standby')
        edge?.standBy(!isActive)
      },
    })
    return opened(deliver, given)
  },
})

function opened(
  deliver: Deliver,
  { pubsub, directory, clock }: Pick<Things, 'pubsub' | 'directory'> & { clock: Clock },
) {
  const viewers = publishViewers({
    pubsub: deliver.pubsub,
    clock,
    isActive: deliver.isActive,
    segmentsOf: (show) => directory.find(show)?.show.segments.map(({ segment }) => segment),
  })
  const revoked = publishRevoked({ pubsub, directory, clock })
  const drain = () => {
    revoked.stop()
    viewers.stop()
    return deliver.drain()
  }
  return { thing: deliver, metrics: deliverMetrics(deliver), drain }
}
