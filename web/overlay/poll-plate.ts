import type { PollPacket, ShowDocument, Status } from '../../sdk/src/index.ts'
import type { PollDocument } from '../../sdk/src/votes/index.ts'
import { element } from '../dom/element.ts'
import { type Language, languageOf } from '../dom/language.ts'
import {
  CACHED_MS,
  countdown,
  doubted,
  isLater,
  isTie,
  type KnownPoll,
  Reconnects,
  sharesOf,
  wipedPolls,
  withDocument,
  withPacket,
} from '../poll/poll-view.ts'
import { STATE_WORDS } from '../poll/poll-words.ts'
import type { Say } from '../words/words.ts'

/** A result stays this long. A poll requested by id stays. */
const RESULT_MS = 30_000
const TICK_MS = 500
/** Overlays spread their requests over this time, as there may be many. */
const FETCH_MS_MAX = 1_000

export interface PollPlateOptions {
  url: string
  show: string
  say: Say
  serverNow(): number
  /** The one poll to show. */
  pinned: string | undefined
}

/** `changedMs`: when this overlay saw its state change. */
type Known = KnownPoll & { changedMs: number }

/** The current poll: its question, the time left, and bars if the counts are public. */
export class PollPlate {
  readonly #host: HTMLElement
  readonly #options: PollPlateOptions
  readonly #known = new Map<string, Known>()
  /** Polls whose documents have been requested. */
  readonly #asked = new Set<string>()
  readonly #reconnects = new Reconnects()
  #language: Language = languageOf()
  #written = ''

  constructor(host: HTMLElement, options: PollPlateOptions) {
    this.#host = host
    this.#options = options
    setInterval(() => this.#render(), TICK_MS)
  }

  setShow(document: ShowDocument): void {
    const { polls, language } = document
    for (const gone of wipedPolls(this.#known.keys(), document)) this.#known.delete(gone)
    this.#language = languageOf(language)
    // A poll that ended before this overlay started is not news.
    for (const { poll, state } of polls) {
      if (this.#known.has(poll)) continue
      const isNews = state === 'open' || poll === this.#options.pinned
      this.#known.set(poll, { poll, state, ballots: 0, changedMs: isNews ? performance.now() : -RESULT_MS })
      if (isNews) this.#fetchSoon(poll)
    }
  }

  add(packet: PollPacket): void {
    const before = this.#known.get(packet.poll)
    const next = withPacket(before, packet)
    const isNew = before?.state !== next.state
    const known = {
      ...next,
      // A packet retained from before is not a change.
      changedMs:
        isNew && (before !== undefined || next.state === 'open')
          ? performance.now()
          : (before?.changedMs ?? -RESULT_MS),
    }
    this.#known.set(packet.poll, known)
    if ((isNew || known.document === undefined) && this.#mayShow(known)) this.#fetchSoon(packet.poll)
  }

  /** After a reconnect it may be another server at the same address. */
  onStatus(state: Status['state']): void {
    if (this.#reconnects.isBack(state)) this.#doubt()
  }

  #doubt(): void {
    for (const [poll, known] of this.#known) {
      this.#known.set(poll, doubted(known))
      if (this.#mayShow(known)) this.#fetchSoon(poll)
    }
  }

  #mayShow({ poll, state, changedMs }: Known): boolean {
    return poll === this.#options.pinned || state === 'open' || isRecent(changedMs)
  }

  #fetchSoon(poll: string): void {
    if (this.#asked.has(poll)) return
    this.#asked.add(poll)
    // What is in doubt must not come from a cache that has it of the server before.
    const leastMs = this.#known.get(poll)?.doubt ? CACHED_MS : 0
    setTimeout(() => void this.#fetch(poll), leastMs + Math.random() * FETCH_MS_MAX)
  }

  async #fetch(poll: string): Promise<void> {
    const asked = this.#known.get(poll)?.state
    // Do not fetch a poll that was wiped meanwhile.
    if (asked !== undefined) await this.#ask(poll)
    this.#asked.delete(poll)
    const known = this.#known.get(poll)
    if (asked === undefined || known === undefined) return
    // Its state advanced meanwhile, or the server that was asked does not know yet what a packet named.
    const isUnknown = known.doubt === 'heard' && this.#mayShow(known)
    if (isLater(known.state, asked) || isUnknown) this.#fetchSoon(poll)
  }

  async #ask(poll: string): Promise<void> {
    const { url, show } = this.#options
    try {
      const response = await fetch(`${url}/v1/shows/${show}/polls/${poll}`)
      if (response.status === 404 && this.#known.get(poll)?.doubt === 'unheard') this.#known.delete(poll)
      if (!response.ok) return
      const document = (await response.json()) as PollDocument
      const before = this.#known.get(poll)
      if (before === undefined) return
      this.#known.set(poll, { ...withDocument(before, document), changedMs: before.changedMs })
    } catch {
      // The next packet retries.
    }
  }

  /** The requested poll; else the newest open one; else a recent result. */
  #current() {
    const { pinned } = this.#options
    const polls = [...this.#known.values()].filter(({ document, state }) => document && state !== 'draft')
    if (pinned !== undefined) return polls.find(({ poll }) => poll === pinned)
    const newest = polls.toSorted((a, b) => b.changedMs - a.changedMs)
    const open = newest.find(({ state }) => state === 'open')
    return open ?? newest.find(({ changedMs }) => isRecent(changedMs))
  }

  #render(): void {
    const poll = this.#current()
    this.#host.hidden = poll === undefined
    if (poll?.document === undefined) return
    const { state, document, ballots, counts, closes, code } = poll
    const { percent } = this.#language
    const { say, serverNow } = this.#options
    const shares = sharesOf(document, { ballots, ...(counts && { counts }) })
    const isOver = state === 'revealed' || state === 'sealed'
    const left = state === 'open' && closes !== undefined ? countdown(closes - serverNow(), say) : ''
    // Writing the same content again would cost a layout.
    const written = JSON.stringify([poll, left, this.#language.tag, say('pollLabel')])
    if (written === this.#written) return
    this.#written = written
    const tied = shares !== undefined && isTie(shares)
    const rows = document.choices.map(({ title }, i) => {
      const share = shares?.[i]
      const row = element('li', 'poll-row', element('span', 'poll-bar'), element('bdi', 'poll-choice', title))
      row.dataset.leads = String(isOver && share?.leads === true)
      if (share === undefined) return row
      row.style.setProperty('--share', share.length.toFixed(4))
      row.append(element('b', 'poll-percent', percent(share.percent)))
      return row
    })
    const list = element('ol', 'poll-rows', ...rows)
    list.dataset.many = String(rows.length > 3)
    this.#host.replaceChildren(
      element(
        'p',
        'poll-state',
        say(isOver && tied ? 'choiceTie' : STATE_WORDS[state]),
        element('span', 'poll-left', left),
      ),
      element('h1', 'poll-question', element('bdi', '', document.question)),
      list,
      element('p', 'poll-foot', say('pollVoted', { n: ballots }), code === undefined ? '' : ` · ${code}`),
    )
  }
}

const isRecent = (changedMs: number): boolean => performance.now() - changedMs < RESULT_MS
