import { ServerClock } from '../../protocol/server-clock.ts'
import { postEveryMs } from '../../protocol/show.ts'
import {
  connect,
  type FeedPacket,
  type MoodPacket,
  type PostAnswer,
  type PostContent,
  type Roar,
  type RoarError,
  type ShowDocument,
  type Status,
} from '../../sdk/src/index.ts'
import { inStep, programmeTime } from '../../sdk/src/player/index.ts'
import { Audience } from '../audience/audience.ts'
import { element } from '../dom/element.ts'
import { languageOf } from '../dom/language.ts'
import { ownNow } from '../dom/own-now.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { isSlow, together } from '../dom/together.ts'
import { type Answered, Composer } from '../feed/composer.ts'
import { FeedView } from '../feed/feed-view.ts'
import type { PinnedView } from '../feed/pinned.ts'
import { failureKey } from '../feed/post-rules.ts'
import { PublicFeed } from '../feed/public-feed.ts'
import { Timeline } from '../feed/timeline.ts'
import { GuestIdentity } from '../guest/guest-identity.ts'
import { load, loadOnce } from '../load/load.ts'
import { PollEntry } from '../poll/poll-entry.ts'
import { OwnEvening } from '../ribbon/recap/own-evening.ts'
import type { Ribbon } from '../ribbon/ribbon.ts'
import { RoomEntry } from '../rooms/room-entry.ts'
import { asItIs } from '../stage/as-it-is.ts'
import { StageView } from '../stage/stage-view.ts'
import { StatusLine } from '../status/status-line.ts'
import { failureWords } from '../status/status-words.ts'
import { stickerIcon } from '../stickers/sticker-icon.ts'
import { Swarm } from '../swarm/swarm.ts'
import { type Key, Words } from '../words/words.ts'
import { isColour, readableOn, textOn } from './accent.ts'
import { keep, keepFirmly, kept, keptFirmly } from './keep.ts'

const DEMO_SHOW = 'final'
/** Backgrounds in page.css, for the accent's contrast. */
const SURFACE = { dark: '#171224', light: '#ffffff' }

const byId = (id: string): HTMLElement => document.getElementById(id)!

/** This page's own URL, so that it works below a path and in a frame without an origin. */
const url = new URL('.', location.href).href.replace(/\/$/, '')
const show = new URLSearchParams(location.search).get('show') ?? DEMO_SHOW

const words = new Words(url)
const { say } = words
const clock = new ServerClock()
const feed = new PublicFeed({
  host: byId('posts'),
  ...{ url, say, kept, keep },
  onReply: (answered, name) => composer.reply(answered, name),
})
let pinned: PinnedView | undefined
let pinning: Promise<typeof import('../feed/pinned.ts') | undefined> | undefined
const status = new StatusLine({ host: byId('status'), say, onRetry: () => client?.retry() })
const poster = new GuestIdentity({ url, key: 'guest', kept, keep })

const composer = new Composer({
  host: byId('composer'),
  say,
  name: kept('name'),
  onName: (name) => {
    keep('name', name)
    if (name) room.party?.rename(name)
  },
  onArmed: (armed) => {
    audience.setMode(armed ? 'post' : 'react')
    // One more press, or key, then answers.
    if (composer.answered) byId('stickers').querySelector<HTMLElement>('[tabindex="0"]')?.focus()
  },
  onText: (text) => void post({ text }),
})

const evening = new OwnEvening({ show, kept, keep })

const audience = new Audience({
  url,
  words,
  layer: document.body,
  over: byId('stage'),
  moodHost: byId('mood'),
  stickerHost: byId('stickers'),
  keys: document,
  barsHost: byId('bars'),
  lightHost: byId('stage'),
  liveHost: byId('live'),
  intercept: (sticker) => {
    if (isOver) composer.note(say('showEnded'))
    if (isOver || !composer.armed) return isOver
    postSticker(sticker)
    return true
  },
  post: {
    words: () => (composer.name ? say('postAs', { name: composer.name }) : say('postFirst')),
    act: (sticker) => {
      if (composer.name) postSticker(sticker)
      else composer.toggle()
    },
  },
  kept,
  keep,
  onTap: (sticker) => {
    evening.add(sticker)
    room.party?.react(sticker)
  },
  onMood: (mood) => {
    newestMood = mood
    ribbon?.add(mood)
  },
  onSide: (segment) => {
    keep(`side.${show}`, segment)
    join(segment)
  },
})

/** The topic of the room that this viewer is in. */
let roomTopic: string | undefined
const room = new RoomEntry({
  url,
  words,
  show,
  host: byId('feed'),
  everyone: byId('posts'),
  own: byId('room-posts'),
  over: byId('stage'),
  parts: { FeedView, GuestIdentity, Swarm, Timeline, reducedMotion },
  name: () => composer.name,
  onReply: (answered, name) => composer.reply(answered, name),
  onTopic: (topic) => {
    roomTopic = topic
    join(side)
  },
  note: (text) => composer.note(text),
  kept,
  keep,
})

/** A ballot has no name, so the voter is a separate guest: a new name for posts is not a new voter. */
const voter = new GuestIdentity({ url, key: 'voter', kept: keptFirmly, keep: keepFirmly })

let client: Roar | undefined
const stage = new StageView({
  host: byId('stage-view'),
  url,
  show,
  words,
  serverNow: () => clock.now(ownNow()),
})
/** The crowd is shown in sync with the picture it reacted to. */
const picture = {
  player: () => programmeTime(stage.player),
  delayMs: () => stage.delayMs,
}
/** The picture's delay, if known. */
let behindMs: () => number | undefined = () => undefined
/** Server time of what is on the screen. */
const shownNow = () => clock.now(ownNow()) - (behindMs() ?? 0)
let everyMs = 0
let isOver = false
let endTurns = () => {}
let polls: PollEntry | undefined
let ribbon: Ribbon | undefined
/** In a silence the line, which loads late, hears no other packet. */
let newestMood: MoodPacket | undefined

/** Connects with a side, or without one; an earlier connection closes once its last taps are sent. */
function join(segment: string | undefined): void {
  side = segment
  void client?.drain()
  try {
    client = inStep(picture, (delayMs) => {
      behindMs = delayMs
      const live = connect({
        ...{ url, show, token: poster.token },
        delayMs: () => (stage.isUntold ? undefined : delayMs()),
        ...(segment !== undefined && { segment }),
        // `viewers/<segment>` has no packets: the subscription itself tells the server this viewer's side.
        topics: [
          ...['mood', 'feed', 'show', 'polls/+', 'viewers', ...(segment ? [`viewers/${segment}`] : [])],
          ...(roomTopic === undefined ? [] : [roomTopic]),
        ],
      })
      // Read the server's time from live messages, not from those held back.
      live.on('mood', (mood) => clock.packet(mood, ownNow()))
      return live
    })
  } catch {
    // An invalid id: no server needs to be asked.
    onStatus({ state: 'failed', code: 'unknown_show' })
    return
  }
  const current = client
  audience.follow(current)
  polls ??= startPolls()
  polls.follow(current, () => current === client)
  room.follow(current)
  clock.reconnected()
  current.on('status', (next) => current === client && onStatus(next))
  current.on('show', (document) => current === client && onShow(document))
  current.on('feed', onFeed)
  current.on('viewers', ({ viewers }) => together(() => status.showWatching(viewers)))
  onStatus(current.status())
}

/** Drops a side stored on an earlier evening that the show no longer has. */
function leaveSide(): void {
  keep(`side.${show}`, undefined)
  audience.setSide(undefined)
  join(undefined)
}

const startPolls = (): PollEntry =>
  new PollEntry({
    host: byId('poll'),
    url,
    show,
    words,
    serverNow: () => clock.now(ownNow()),
    token: voter.token,
    become: () => voter.become(''),
    kept,
    keep,
  })

function onStatus(next: Status): void {
  if (next.state === 'failed' && next.code === 'unknown_segment') leaveSide()
  else showStatus(next)
}

function showStatus(next: Status): void {
  status.show(next)
  feed.onStatus(next, client!)
  if (next.state === 'waiting') clock.reconnected()
  const failure = client?.show() ? undefined : failureWords(next, show, say)
  const panel = byId('failure')
  panel.hidden = !failure
  document.querySelector('main')!.toggleAttribute('data-failed', !panel.hidden)
  if (failure)
    panel.replaceChildren(element('strong', '', failure.title), element('span', '', failure.advice))
}

function onShow(told: ShowDocument): void {
  endTurns()
  endTurns = asItIs(told, () => clock.now(ownNow()), showDocument)
}

function showDocument(document: ShowDocument): void {
  const { title, accent, stickers, language, rules, switches } = document
  void speakAs(language)
  feed.setStickers(stickers)
  void showPinned(document)
  room.setStickers(stickers)
  isOver = document.state === 'ended'
  room.allow(rules?.rooms !== false && !isOver)
  ribbon?.setShow(document)
  everyMs = postEveryMs(document)
  const posts = rules?.posts !== false && switches?.posts !== 'off' && !isOver
  const text = rules?.text === true && switches?.text !== 'off'
  composer.allow({ posts, text, off: isOver ? 'showEnded' : 'postsOff' })
  status.setOnAir(document.state === 'live')
  byId('stickers').inert = isOver
  byId('feed').toggleAttribute('data-over', isOver)
  byId('title').textContent = title
  byId('rehearsal').hidden = document.rehearsal !== true
  window.document.title = `${title} · Roar`
  if (isColour(accent)) setAccent(accent)
  stage.setShow(document)
}

/** Sets the page to the show's language. Static texts are rendered again; the rest as it comes. */
async function speakAs(language: string | undefined): Promise<void> {
  const { tag, direction } = languageOf(language)
  document.documentElement.lang = tag
  document.documentElement.dir = direction
  if (!(await words.speak(tag))) return
  for (const node of document.querySelectorAll<HTMLElement>('[data-say]'))
    node.textContent = say(node.dataset.say as Key)
  for (const node of document.querySelectorAll<HTMLElement>('[data-label]'))
    node.setAttribute('aria-label', say(node.dataset.label as Key))
  composer.show()
  feed.view.speak()
  pinned?.speak()
  room.speak()
  ribbon?.speak()
  status.speak()
  stage.speak()
  audience.speak()
  polls?.speak()
}

function setAccent(accent: string): void {
  const { style } = document.documentElement
  style.setProperty('--accent', accent)
  style.setProperty('--on-accent', textOn(accent))
  style.setProperty('--accent-dark', readableOn(SURFACE.dark, accent))
  style.setProperty('--accent-light', readableOn(SURFACE.light, accent))
}

async function showPinned(document: ShowDocument): Promise<void> {
  if (!pinned && !document.pinned) return
  pinning ??= load(`${url}/pinned.js`)
  const loaded = await pinning
  if (!loaded) return
  pinned ??= new loaded.PinnedView({
    ...{ host: byId('pinned'), say },
    icon: (sticker, named) => stickerIcon(sticker, url, { named }),
  })
  pinned.setShow(client?.show() ?? document)
}

function onFeed(packet: FeedPacket): void {
  feed.receive(packet)
  pinned?.withdraw(packet.removed ?? [])
}

/** The line of the mood so far loads once taps and packets work. Until then its place is empty. */
async function loadRibbon(): Promise<void> {
  const loaded = await load<typeof import('../ribbon/ribbon.ts')>(`${url}/ribbon.js`)
  if (!loaded) return
  ribbon = new loaded.Ribbon({
    host: byId('ribbon'),
    stage: byId('stage'),
    url,
    show,
    words,
    serverNow: shownNow,
    isSlow,
    onReplay: (packet) => audience.replay(packet),
    onRecap: () => void recap(),
  })
  const document = client?.show()
  if (document) ribbon.setShow(document)
  if (newestMood) ribbon.add(newestMood)
}

async function recap(): Promise<void> {
  const document = client?.show()
  if (document === undefined) return
  try {
    const { showRecap } = await loadOnce<typeof import('../ribbon/recap/recap.ts')>(`${url}/recap.js`)
    await showRecap(document, {
      ...{ url, say, taps: evening.taps, side: kept(`side.${show}`) },
      now: clock.now(ownNow()),
    })
  } catch (cause) {
    composer.note(say('recapFailed'))
    console.warn('roar: the recap failed', cause)
  }
}

/** Posts a sticker, with the text in the field and the post being answered. */
function postSticker(sticker: string): void {
  const [text, { answered }] = [composer.takeText(), composer]
  composer.disarm()
  void post({ sticker, ...(text !== undefined && { text }) }, answered)
}

/** Shows the post at once, in its tab, then sends it. A failed post stays, marked as such, and its text returns to the field. */
async function post(said: PostContent, answered?: Answered): Promise<void> {
  const party = room.party?.isOpen ? room.party : undefined
  const { name, heldS } = composer
  const to = party ?? { feed: feed.view, timeline: feed.timeline }
  if (!party && heldS > 0) {
    if (said.text !== undefined) composer.giveBack(said.text)
    return composer.note(say('postsSlow', { n: heldS }))
  }
  const isReply = answered !== undefined && to.timeline.knows(answered.post)
  const content = { ...said, ...(isReply && { replyTo: answered.post }) }
  const shown = { name: party?.name ?? name, ...content, at: clock.now(ownNow()) }
  const { key, changes } = to.timeline.postOwn({ ...shown, ...(isReply && { replyName: answered.name }) })
  to.feed.apply(changes)
  to.feed.toEnd()
  if (!party && everyMs > 0) composer.hold(everyMs)
  try {
    const taken = await (party ? party.post(content) : postToAll(content, name))
    to.feed.apply(to.timeline.confirm(key, taken))
  } catch (cause) {
    const { code, retryAfterMs = 0 } = cause as RoarError
    to.feed.apply(to.timeline.fail(key))
    // A refused post does not count towards the show's pace.
    composer.hold(retryAfterMs)
    if (said.text !== undefined) composer.giveBack(said.text)
    composer.note(say(failureKey(code)))
  }
}

async function postToAll(content: PostContent, name: string): Promise<PostAnswer> {
  await poster.become(name)
  const taken = await client!.post(content)
  // This viewer's name in the feed, a keyed hash, comes only with this answer.
  feed.timeline.setViewer(taken.post.viewer)
  return taken
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && composer.armed) composer.disarm()
})

let side = kept(`side.${show}`)
audience.setSide(side)
join(side)
void loadRibbon()
