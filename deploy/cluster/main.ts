import { integer } from '../../cli/flags.ts'
import { npmFlags } from '../../cli/npm-flags.ts'
import { stopSignal } from '../../cli/stop-signal.ts'
import { type ClusterParts, startCluster } from './cluster.ts'

/**
 * `npm run cluster`: a cluster on this machine, until Ctrl-C. `--log`, `--spark` with `--checkpoint`, `--pubsub` and `--store`
 * name existing parts to use in place of its own.
 */
const { port, ...parts } = npmFlags(
  'npm run cluster',
  {
    options: {
      port: { type: 'string', default: '7766' },
      log: { type: 'string' },
      spark: { type: 'string' },
      checkpoint: { type: 'string' },
      pubsub: { type: 'string' },
      store: { type: 'string' },
    },
  },
  ({ values }) => ({ ...values, port: integer('port', values.port, 0, 65_535) }),
)
const tell = (step: string) => process.stderr.write(`${step}\n`)

// Installed first: an interrupted start must not leave half a cluster behind.
const stopped = stopSignal()
const abandon = stopped.then(() => Promise.reject(new Error('stopped before it was up')))
try {
  const starting = startCluster({ parts: parts as ClusterParts, port, tell })
  const cluster = await Promise.race([starting, abandon])
  process.stdout.write(`Roar is live at http://localhost:${new URL(cluster.url).port}\n`)
  tell(`polls: ./roar poll … --url ${cluster.roles.studio.url} --data ${cluster.data}`)
  await stopped
  process.exit((await cluster.stop()) ? 0 : 1)
} catch (cause) {
  process.stderr.write(`cluster: ${(cause as Error).message}\n`)
  process.exit(1)
}
