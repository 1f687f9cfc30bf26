/**
 * `npm run crowd`: a crowd to look at. Until Ctrl-C, viewers watch, tap along with the match on the page's stage, and post now
 * and then.
 */
import { parseArgs } from 'node:util'
import { eventAt, matchClock } from '../../engine/match.ts'
import { isId } from '../../protocol/ids.ts'
import { ServerClock } from '../../protocol/server-clock.ts'
import { moodTopic } from '../../protocol/topics.ts'
import { BurstSender } from '../burst-sender.ts'
import { clockMs } from '../clock.ts'
import { findShow, LoadError } from '../find-show.ts'
import { seededRandom } from '../random.ts'
import { match } from '../shapes/match.ts'
import { whole, wholes } from '../verdict.ts'
import { ViewerFleet } from '../viewer-fleet.ts'
import { answerOf } from './answer.ts'
import { Posters } from './posters.ts'

const TICK_MS = 50
/** More would be a load test: `roar load` does that, and checks the counts. */
const VIEWERS_MAX = 2_000

function options(): { url: string; show: string; viewers: number } {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'http://localhost:7766' },
      show: { type: 'string', default: 'final' },
      viewers: { type: 'string', default: '300' },
    },
  })
  const viewers = Number(values.viewers)
  if (URL.parse(values.url) === null)
    throw new LoadError(`--url: "${values.url}" is not an http or https address`)
  if (!isId(values.show)) throw new LoadError(`--show: "${values.show}" is not an id`)
  if (!Number.isInteger(viewers) || viewers < 1 || viewers > VIEWERS_MAX) {
    throw new LoadError(`--viewers: "${values.viewers}" is not a whole number from 1 to ${VIEWERS_MAX}`)
  }
  return { url: values.url, show: values.show, viewers }
}

async function crowd(): Promise<void> {
  const { url, show, viewers } = options()
  const { http, pubsub, show: document } = await findShow({ url, show })
  const random = seededRandom(Date.now())
  const shape = match({
    stickers: document.stickers.map(({ sticker }) => sticker),
    segments: document.segments.map(({ segment }) => segment),
  })
  const clock = new ServerClock()
  const fleet = new ViewerFleet({
    targets: pubsub,
    topic: moodTopic(show),
    first: 0,
    count: viewers,
    name: `crowd-${process.pid}`,
    clock: clockMs,
    random,
  })
  let accepted = 0
  const sender = new BurstSender({
    target: http,
    show,
    clock: clockMs,
    onOutcome({ taps }, outcome) {
      if (outcome.kind === 'answered' && outcome.answer.status === 202) accepted += taps
    },
  })
  const posters = new Posters({ url, show, random })
  fleet.start()
  console.log(
    `${wholes(viewers, 'viewer')} tapping along at ${url}/ : open it and join in. Ctrl-C stops them.`,
  )

  let said = ''
  let beforeMs = clockMs()
  const ticking = setInterval(() => {
    const nowMs = clockMs()
    for (const packet of fleet.report().packets) clock.packet(packet, packet.firstMs)
    const serverMs = clock.now(nowMs)
    // After the machine slept, do not send the taps of all that time.
    const moment = { serverMs, sliceMs: Math.min(nowMs - beforeMs, 4 * TICK_MS), viewers, shape }
    beforeMs = nowMs
    for (const burst of answerOf(moment, random)) sender.send(burst)
    posters.tick(moment)
    const { text, impactMs } = eventAt(serverMs)
    if (text !== said && matchClock(serverMs) >= impactMs) {
      said = text
      console.log(`${text.padEnd(44)} ${whole(accepted).padStart(10)} taps so far`)
    }
  }, TICK_MS)

  const stop = () => {
    clearInterval(ticking)
    fleet.close()
    sender.close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
}

crowd().catch((error: Error) => {
  const known = error instanceof LoadError || 'code' in error
  console.error(known ? `crowd: ${error.message}` : error)
  process.exit(2)
})
