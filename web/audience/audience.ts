import type { Roar as Client, MoodPacket, Segment, ShowDocument } from '../../sdk/src/index.ts'
import { setHidden, setStyle } from '../dom/change.ts'
import { languageOf } from '../dom/language.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { together } from '../dom/together.ts'
import { loadOnce } from '../load/load.ts'
import { Announcer } from '../mood/announcer.ts'
import { MoodBar } from '../mood/mood-bar.ts'
import { Roar } from '../mood/roar.ts'
import { Shares } from '../mood/shares.ts'
import { sidesOf } from '../mood/sides.ts'
import { isStale } from '../mood/stale.ts'
import { barOf } from '../stickers/bar-set.ts'
import type { StickerBrowser } from '../stickers/browser/sticker-browser.ts'
import { OwnStickers, type OwnStickersOptions } from '../stickers/own-stickers.ts'
import { StickerBar } from '../stickers/sticker-bar.ts'
import { Bars } from '../swarm/bars.ts'
import { Swarm } from '../swarm/swarm.ts'
import type { Words } from '../words/words.ts'

/** How often things that fade are updated: shares, the roar's light, the live region. */
const TICK_MS = 500
/**
 * The roar's light has this many steps, as each restyles everything that is lit; below `ROAR_FIRST` is the usual variation
 * between windows.
 */
const ROAR_STEPS = 10
const ROAR_FIRST = 2

export interface AudienceOptions extends OwnStickersOptions {
  url: string
  words: Words
  /** The parent of the swarm's canvas, which is placed in the viewport. */
  layer: Element | ShadowRoot
  /** Puts the canvas above everything, a full-screen video too. Default false. */
  onTop?: boolean
  /** What the swarm rises over. */
  over: Element
  moodHost: HTMLElement
  stickerHost: HTMLElement
  /** Where single keys tap, see `StickerBar`. Default: while the focus is among the stickers. */
  keys?: EventTarget
  /** The host of the bars shown with reduced motion. */
  barsHost: HTMLElement
  /**
   * Gets `--roar`, 0 to 1, with each change of the mood: how far the moment is above the recent mood. Each change restyles
   * everything inside.
   */
  lightHost: HTMLElement
  /** The live region. */
  liveHost: HTMLElement
  /** Called with each tap; returns true to use it as something else than a reaction. */
  intercept?: (sticker: string) => boolean
  /** Posting a sticker from its preview: the button's label, and the action. Default: no button. */
  post?: { words(): string; act(sticker: string): void }
  onTap?: (sticker: string) => void
  onMood?: (mood: MoodPacket) => void
  onSide(segment: string | undefined): void
}

/**
 * Everything through which one viewer and the crowd see each other: stickers, swarm, mood bar, the roar. Used by the page and by
 * `<roar-bar>`.
 */
export class Audience {
  readonly #options: AudienceOptions
  readonly #swarm: Swarm
  readonly #moodBar: MoodBar
  readonly #stickerBar: StickerBar
  readonly #bars: Bars
  readonly #roar = new Roar()
  #client: Client | undefined
  readonly #own: OwnStickers
  #browser: Promise<StickerBrowser> | undefined
  #document: ShowDocument | undefined
  #stickers = ''
  #announcer: Announcer
  #sides: Segment[] = []
  #shares = new Shares([])
  #newest: Pick<MoodPacket, 'at' | 'total'> = { at: 0, total: 0 }
  #isReplay = false
  #isAsked = false
  #isClosed = false
  readonly #timer: ReturnType<typeof setInterval>

  constructor(options: AudienceOptions) {
    this.#options = options
    const { url, layer, onTop = false, over, moodHost, stickerHost, barsHost, onSide, keys } = options
    const { say } = options.words
    this.#announcer = new Announcer({ say, titleOf: (sticker) => sticker })
    this.#own = new OwnStickers(options)
    this.#swarm = new Swarm({ url, host: layer, over, still: reducedMotion, onTop })
    this.#moodBar = new MoodBar({ host: moodHost, say, onSide })
    this.#stickerBar = new StickerBar({
      host: stickerHost,
      url,
      say,
      onTap: (sticker, icon) => this.#tap(sticker, icon),
      onHold: (sticker) => void this.#browse((browser) => browser.showLarge(sticker)),
      onAll: (opener) => void this.#browse((browser) => browser.toggle(opener)),
      onAllSoon: () => void this.#browse(() => {}),
      ...(keys && { keys }),
    })
    this.#bars = new Bars({ host: barsHost })
    this.#timer = setInterval(() => this.#showSoon(), TICK_MS)
  }

  /** Follows a client from now on. The previous client is left alone: its owner closes it. */
  follow(client: Client): void {
    this.#client = client
    const whileFollowed = <Event>(listener: (event: Event) => void) => {
      return (event: Event) => {
        if (this.#client === client) listener(event)
      }
    }
    client.on(
      'show',
      whileFollowed((show) => this.#onShow(show)),
    )
    client.on(
      'mood',
      whileFollowed((mood) => this.#onMood(mood)),
    )
  }

  setSide(segment: string | undefined): void {
    this.#moodBar.setChosen(segment)
  }

  /** Shows a packet of an earlier moment instead of the live crowd; undefined: live again. Own taps fly all the while. */
  replay(mood: MoodPacket | undefined): void {
    this.#isReplay = mood !== undefined
    if (mood === undefined) return
    if (reducedMotion()) this.#bars.packet(mood, performance.now())
    this.#swarm.packet(mood, { isReplay: true })
  }

  /** Renders all texts again, in the current language. */
  speak(): void {
    this.#moodBar.speak()
    this.#stickerBar.speak()
    void this.#browser?.then((browser) => browser.speak())
  }

  setMode(mode: 'react' | 'post'): void {
    this.#stickerBar.setMode(mode)
  }

  close(): void {
    // A write that is still queued sees this and starts nothing.
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#client = undefined
    this.#swarm.close()
    this.#moodBar.close()
    this.#stickerBar.close()
    void this.#browser?.then((browser) => browser.remove())
  }

  /** The sticker browser is a large script that many viewers never need, so it is loaded on first use. */
  async #browse(use: (browser: StickerBrowser) => void): Promise<void> {
    this.#browser ??= this.#fetchBrowser()
    try {
      use(await this.#browser)
    } catch (cause) {
      // The network is down: the next press retries, and the bar keeps working.
      this.#browser = undefined
      console.warn('roar: the browser of stickers cannot be loaded', cause)
    }
  }

  async #fetchBrowser(): Promise<StickerBrowser> {
    const { url, words, layer, post } = this.#options
    const { StickerBrowser } = await loadOnce<typeof import('../stickers/browser/sticker-browser.ts')>(
      `${url}/sticker-browser.js`,
    )
    const browser = new StickerBrowser({
      layer,
      url,
      words,
      own: this.#own,
      onReact: (sticker, icon) => this.#tap(sticker, icon),
      post,
      onOwn: () => this.#showBar(),
    })
    browser.setStickers(this.#document?.stickers ?? [])
    await browser.ready
    return browser
  }

  #showBar(): void {
    if (this.#document === undefined) return
    const { stickers } = this.#document
    this.#stickerBar.setStickers(barOf(this.#document, this.#own.inBar), { all: stickers.length })
  }

  #onShow(document: ShowDocument): void {
    const { stickers, segments, bar, sides = [], switches, language } = document
    const { url } = this.#options
    // A viewer who joins during a silence gets no packet that says so.
    if (switches?.reactions === 'sampled') this.#moodBar.setEstimated()
    // An unrelated change of the document must not move a button under a thumb.
    const key = JSON.stringify([stickers, segments, bar, sides, language])
    if (key === this.#stickers) return
    this.#stickers = key
    this.#document = document
    const titles = new Map(stickers.map(({ sticker, title }) => [sticker, title]))
    const written = languageOf(language)
    this.#announcer = new Announcer({
      say: this.#options.words.say,
      titleOf: (sticker) => titles.get(sticker) ?? sticker,
      language: written,
    })
    this.#sides = sidesOf(document)
    this.#shares = new Shares(this.#sides.map(({ segment }) => segment))
    this.#swarm.setStickers(stickers)
    this.#showBar()
    void this.#browser?.then((browser) => browser.setStickers(stickers))
    this.#moodBar.setSides(this.#sides, written)
    this.#bars.setStickers(stickers, url)
  }

  #onMood(mood: MoodPacket): void {
    // A new connection starts with the retained packet, which may have been drawn already.
    if (mood.at <= this.#newest.at) return
    const stale = isStale(mood, { newestAt: this.#newest.at, now: Date.now() })
    this.#newest = mood
    if (mood.sample !== undefined) this.#moodBar.setEstimated()
    this.#options.onMood?.(mood)
    const now = performance.now()
    if (!stale) this.#count(mood, now)
    this.#showSoon()
  }

  #count(mood: MoodPacket, now: number): void {
    for (const [segment, n] of mood.sides ?? []) this.#shares.add(segment, { n, ms: mood.ms }, now)
    if (!this.#isReplay) {
      if (reducedMotion()) this.#bars.packet(mood, now)
      this.#swarm.packet(mood)
    }
    this.#announcer.add(mood)
    this.#roar.add(mood, now)
  }

  #showSoon(): void {
    if (!this.#isAsked) together(() => this.#show())
    this.#isAsked = true
  }

  /** Renders everything that depends on the mood; writes only what changed. */
  #show(): void {
    this.#isAsked = false
    if (this.#isClosed) return
    const now = performance.now()
    const { lightHost, moodHost, liveHost, barsHost } = this.#options
    this.#moodBar.setTotal(this.#newest.total)
    const shares = this.#shares.at(now)
    this.#moodBar.setShares(shares)
    const step = Math.round(this.#roar.at(now) * ROAR_STEPS)
    const roar = step < ROAR_FIRST ? '0' : String(step / ROAR_STEPS)
    for (const host of [lightHost, moodHost]) setStyle(host, '--roar', roar)
    setHidden(barsHost, !reducedMotion())
    const sentence = this.#announcer.take(
      now,
      shares === undefined ? [] : this.#sides.map(({ title }, i) => ({ title, share: shares[i]! })),
    )
    if (sentence !== undefined) liveHost.textContent = sentence
  }

  #tap(sticker: string, icon: Element): void {
    if (this.#options.intercept?.(sticker)) return
    this.#swarm.tap(sticker, icon)
    this.#client?.react(sticker)
    this.#options.onTap?.(sticker)
  }
}
