/**
 * Finds a server's capacity: a fixed number of connections, each sending its next burst as soon as the last one is answered
 * (closed loop: capacity, not latency). A process of its own, for a core of its own. Arguments: port, pid of the server, the
 * server's core, warm-up and measured time in ms, kind of heads. Prints a `GeneratorResult`.
 */

import { HttpConnection } from '../../load/http-connection.ts'
import { processCpuMs } from '../../services/process-cpu.ts'
import { coreMs } from '../cpu.ts'
import { burstsFor, type GeneratorResult, type Heads } from './requests.ts'

const CONNECTIONS = 64

const [port, pid, core, warmUpMs, measureMs] = process.argv.slice(2, 7).map(Number) as [
  number,
  number,
  number,
  number,
  number,
]
const target = {
  address: '127.0.0.1',
  port,
  tls: false,
  host: `127.0.0.1:${port}`,
  serverName: '',
  path: '',
  webSocket: false,
}

const bursts = burstsFor(process.argv[7] as Heads, target.host)

let requests = 0
let accepted = 0
let refused = 0
let running = true
let open = CONNECTIONS
const ended = Promise.withResolvers<void>()

function connect(first: number): void {
  let turn = first
  const next = (connection: HttpConnection): void => connection.send(bursts[++turn % bursts.length]!.request)
  new HttpConnection(target, {
    onOpen: next,
    onAnswer(connection, { status }) {
      requests++
      if (status === 202) accepted += bursts[turn % bursts.length]!.taps
      else refused++
      if (running) next(connection)
      else connection.close()
    },
    onClose(_connection, fault) {
      if (running) throw new Error(`The server under test broke a connection: ${fault}`)
      if (--open === 0) ended.resolve()
    },
  })
}

const sample = (): {
  timeMs: number
  requests: number
  cpuMs: number
  ownMs: number
  core: ReturnType<typeof coreMs>
} => {
  const { user, system } = process.cpuUsage()
  return {
    timeMs: performance.now(),
    requests,
    cpuMs: processCpuMs(pid),
    ownMs: (user + system) / 1000,
    core: coreMs(core),
  }
}

for (let index = 0; index < CONNECTIONS; index++) connect(index)
await Bun.sleep(warmUpMs)
const from = sample()
await Bun.sleep(measureMs)
const to = sample()
running = false
await ended.promise
const result: GeneratorResult = {
  requests: to.requests - from.requests,
  accepted,
  refused,
  elapsedMs: to.timeMs - from.timeMs,
  serverCpuMs: to.cpuMs - from.cpuMs,
  serverCoreBusy: (to.core.busyMs - from.core.busyMs) / (to.core.wholeMs - from.core.wholeMs),
  generatorCpuMs: to.ownMs - from.ownMs,
}
console.log(JSON.stringify(result))
