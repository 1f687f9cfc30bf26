import { parseArgs } from 'node:util'
import { stopSignal } from '../../cli/stop-signal.ts'
import { type ClusterParts, startCluster } from './cluster.ts'

/**
 * `npm run cluster`: a cluster on this machine, until Ctrl-C. `--log`, `--spark` with `--checkpoint`, `--pubsub` and `--store`
 * name existing parts to use in place of its own.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7766' },
    log: { type: 'string' },
    spark: { type: 'string' },
    checkpoint: { type: 'string' },
    pubsub: { type: 'string' },
    store: { type: 'string' },
  },
})
const { port, ...parts } = values
const tell = (step: string) => process.stderr.write(`${step}\n`)

// Installed first: an interrupted start must not leave half a cluster behind.
const stopped = stopSignal()
const abandon = stopped.then(() => Promise.reject(new Error('stopped before it was up')))
try {
  const starting = startCluster({ parts: parts as ClusterParts, port: Number(port), tell })
  const cluster = await Promise.race([starting, abandon])
  process.stdout.write(`Roar is live at http://localhost:${port}\n`)
  tell(`polls: ./roar poll … --url ${cluster.roles.studio.url} --data ${cluster.data}`)
  await stopped
  process.exit((await cluster.stop()) ? 0 : 1)
} catch (cause) {
  process.stderr.write(`cluster: ${(cause as Error).message}\n`)
  process.exit(1)
}
