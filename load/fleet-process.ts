/** Own process for a share of the viewers; `fleets.ts` starts it and talks to it. */
import { clockMs } from './clock.ts'
import { type FleetMessage, type FleetOrder, REPORT_MS } from './fleet-talk.ts'
import { seededRandom } from './random.ts'
import { ViewerFleet } from './viewer-fleet.ts'

let fleet: ViewerFleet | undefined

function send(last: boolean): void {
  const { user, system } = process.cpuUsage()
  const message: FleetMessage = { report: fleet!.report(), cpuMs: (user + system) / 1000, last }
  process.send!(message)
}

process.on('message', (order: FleetOrder) => {
  switch (order.do) {
    case 'start':
      fleet = new ViewerFleet({ ...order.share, clock: clockMs, random: seededRandom(order.share.seed) })
      fleet.start()
      setInterval(() => send(false), REPORT_MS)
      break
    case 'storm':
      fleet?.storm()
      break
    case 'close':
      fleet?.close()
      send(true)
      break
  }
})
// Ctrl-C reaches the whole process group; the parent decides when to end.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))

/** Never resolves: the process ends with its parent. */
export const ended = new Promise<never>(() => {})
