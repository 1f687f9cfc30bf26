import { ServerClock } from '../../protocol/server-clock.ts'
import { connect, type ShowDocument } from '../../sdk/src/index.ts'
import { languageOf } from '../dom/language.ts'
import { ownNow } from '../dom/own-now.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { isStale } from '../mood/stale.ts'
import { isColour } from '../page/accent.ts'
import { Swarm } from '../swarm/swarm.ts'
import { enPolls } from '../words/en-polls.ts'
import { Words } from '../words/words.ts'
import { FeedPlate } from './feed-plate.ts'
import { MoodPlate } from './mood-plate.ts'
import { overlayOptions } from './options.ts'
import { PollPlate } from './poll-plate.ts'

/**
 * The show over somebody's picture: for OBS and vision mixers, which lay a page without a background over it. Readable at
 * television distance; keeps off the edges and, by default, the lower third.
 */
const byId = (id: string): HTMLElement => document.getElementById(id)!

const show = location.pathname.split('/').at(-1)!
const url = new URL('..', location.href).href.replace(/\/$/, '')
const options = overlayOptions(new URLSearchParams(location.search))
const root = byId('overlay')
root.dataset.side = options.side
byId('sky').dataset.side = options.side
root.dataset.lower = options.lower ? 'on' : 'off'
root.style.setProperty('--safe', `${options.safe}`)
root.style.setProperty('--scale', `${options.scale}`)

const words = new Words(url)
words.learn(enPolls)
const { say } = words
const clock = new ServerClock()
const mood = options.parts.has('mood') ? new MoodPlate(byId('mood'), say) : undefined
const poll = options.parts.has('poll')
  ? new PollPlate(byId('poll'), {
      url,
      show,
      say,
      serverNow: () => clock.now(ownNow()),
      pinned: options.poll,
    })
  : undefined
const feed = options.parts.has('feed') ? new FeedPlate(byId('feed'), { url }) : undefined
const swarm = options.parts.has('swarm')
  ? new Swarm({ url, host: document.body, over: byId('sky'), still: reducedMotion })
  : undefined

const client = connect({ url, show, topics: ['mood', 'feed', 'show', 'polls/+'] })
let newestAt = 0

client.on('show', (document) => {
  if (document.stickers.length > 0) swarm?.setStickers(document.stickers)
  write(document)
  mood?.setShow(document)
  poll?.setShow(document)
  feed?.setShow(document)
})
client.on('mood', (packet) => {
  clock.packet(packet, ownNow())
  const stale = isStale(packet, { newestAt, now: Date.now() })
  mood?.add(packet, { stale })
  if (!stale) swarm?.packet(packet)
  newestAt = packet.at
})
client.on('poll', (packet) => poll?.add(packet))
client.on('feed', (packet) => feed?.add(packet))
// No message about a connection that returns by itself: what was shown stays, and nothing false is added.
client.on('status', ({ state, over }) => {
  root.dataset.state = state
  if (state === 'waiting') clock.reconnected()
  poll?.onStatus(state)
  if (over) void dropRemoved()
})

/** Posts that were removed while there was no connection. Without an answer they leave with the others, within seconds. */
async function dropRemoved(): Promise<void> {
  try {
    const { removed } = await client.feed()
    feed?.add({ posts: [], removed })
  } catch {
    // A network failure is reported by the connection.
  }
}

function write({ language, accent }: ShowDocument): void {
  const { tag, direction } = languageOf(language)
  document.documentElement.lang = tag
  document.documentElement.dir = direction
  // Everything on screen is rewritten all the time, except the mood's label.
  void words.speak(tag).then((isNew) => isNew && mood?.speak())
  if (isColour(accent)) root.style.setProperty('--accent', accent)
}
