import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { endOf } from '../../deploy/programs/end-of.ts'
import { freePorts } from '../../deploy/programs/ports.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { type Peer, type PeerKind, SERVER_CORE } from './peer.ts'

const ROAR = Bun.fileURLToPath(new URL('../../roar', import.meta.url))

/** `roar edge --workers 2` as installed, below an edge in the bench's own process. */
export const workers: PeerKind = { transports: ['lane', 'TCP'], retains: true, start }

async function start(): Promise<Peer> {
  const pubsub = memoryPubSub()
  const isRelay = () => true
  const parent = createEdge({ pubsub, isRelay, clock: systemClock, windowMs: 250, showExists: () => true })
  parent.start()
  const upstream = parent.listenTcp({ hostname: '127.0.0.1', port: 0 })
  const [lane, tcp] = (await freePorts(2)) as [number, number]
  const flags = [
    ...['--workers', '2', '--port', `${lane}`, '--mqtt-port', `${tcp}`],
    ...['--upstream', `mqtt://127.0.0.1:${upstream.port}`, '--edge-connects-per-second', '0'],
    ...['--edge-drain-percent', '100', '--log-level', 'error'],
  ]
  const child = Bun.spawn(['taskset', '-c', SERVER_CORE, ROAR, 'edge', ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const close = async () => {
    child.kill()
    await child.exited
    await parent.close()
  }
  const isReady = () =>
    fetch(`http://127.0.0.1:${lane}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isReady())) {
    if (endOf(child) !== null) throw new Error(`roar edge ended with ${endOf(child)}`)
    await Bun.sleep(100)
  }
  return {
    pid: child.pid,
    port: (transport) =>
      ({ lane, TCP: tcp, WebSocket: undefined, wss: undefined, TLS: undefined })[transport],
    publish(payload, retain = false) {
      pubsub.publish({ topic: 'roar/final/mood', payload: new TextEncoder().encode(payload), retain })
    },
    close,
  }
}
