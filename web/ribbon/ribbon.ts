import type { Highlight } from '../../engine/highlights.ts'
import { DELAY_MS_MAX } from '../../protocol/limits.ts'
import type { MoodPacket, Segment, ShowDocument, Sticker } from '../../sdk/src/index.ts'
import { button, element, silent } from '../dom/element.ts'
import { pressesOn } from '../dom/pressed.ts'
import { makeOnlyStop, rove } from '../dom/roving.ts'
import { colourOf, sidesOf } from '../mood/sides.ts'
import { stickerIcon } from '../stickers/sticker-icon.ts'
import { enRibbon } from '../words/en-ribbon.ts'
import type { Words } from '../words/words.ts'
import { Backfill } from './backfill.ts'
import { historyOf } from './history.ts'
import { drawLine, type LineColours } from './line.ts'
import { barsOf, Moments, STEP_MS, type Step } from './moments.ts'
import { packetsOf, Replay, type Scene } from './replay.ts'
import { type SeenMoment, seenMoment } from './seen-moment.ts'

/** Time kept: what the widest screen shows. */
const SPAN_MS = 30 * 60_000
/** Time per bar on a phone, and on a wide screen, which shows more of the show. */
const BAR_MS = STEP_MS
const WIDE_BAR_MS = 3 * STEP_MS
const WIDE_PX = 640
const PITCH_PX = 4
const SCALE_MAX = 2
/** A highlight is played from a little before its first step, for about as long as a crowd is loud. */
const BEFORE_MS = STEP_MS
const HIGHLIGHT_MS = 12_000
/** By this time all reactions to a moment have arrived, even over the longest delay, and are counted. */
const HEARD_MS = DELAY_MS_MAX + HIGHLIGHT_MS + 10_000
/** Cached moments as they were seen; above this, all are dropped and fetched again. */
const SEEN_MAX = 50
const LAST_MS = 30_000
/** Steps between redraws of the line on a slow device. */
const SLOW_STEPS = 3
const LAST_SPEED = 2
/** Marks closer together than this would overlap in their touch targets. */
const MARK_PX = 48

export interface RibbonOptions {
  host: HTMLElement
  /** Where a label says that this is a replay. */
  stage: HTMLElement
  /** The server's address, without a slash at its end. */
  url: string
  show: string
  words: Words
  /** Server time, milliseconds since 1970. */
  serverNow(): number
  /** Whether the page's thread is slow: then the line is drawn less often. */
  isSlow(): boolean
  /** The show is over, and the viewer wants the recap. */
  onRecap(): void
  /** Shows the viewer a packet of an earlier moment; undefined: live ones again. */
  onReplay(packet: MoodPacket | undefined): void
}

/**
 * The mood of the last minutes as a line under the stage, by side, with a mark at each moment at which the crowd grew loud.
 * Pressing a mark replays that moment's swarm as it was on the screens of those who tapped. The first button plays the last half
 * minute, for latecomers, and opens the recap once the show is over.
 */
export class Ribbon {
  readonly #options: RibbonOptions
  readonly #canvas = silent(element('canvas', 'ribbon-line'))
  readonly #marks = element('div', 'ribbon-marks')
  readonly #isPressed = pressesOn(this.#marks, () => {})
  readonly #lastWords = element('span')
  readonly #last = button('ribbon-last', this.#lastWords)
  readonly #badge = element('div', 'ribbon-badge')
  readonly #badgeWords = element('span')
  readonly #toLive = button('ribbon-live')
  readonly #moments = new Moments({ spanMs: SPAN_MS })
  readonly #replay: Replay
  #scene: Scene | undefined
  #sides: Segment[] = []
  #stickers = new Map<string, Sticker>()
  #time = new Intl.DateTimeFormat()
  #isOver = false
  readonly #backfill: Backfill
  #shownMarks = ''
  readonly #seen = new Map<string, SeenMoment | undefined>()

  constructor(options: RibbonOptions) {
    this.#options = options
    const { host, stage, words, onReplay } = options
    words.learn(enRibbon)
    this.#backfill = new Backfill({
      moments: this.#moments,
      ask: (before) => this.#history(before),
      onSteps: () => this.#show(),
      device: {
        now: () => performance.now(),
        random: Math.random,
        after: (ms, then) => setTimeout(then, ms),
      },
    })
    this.#replay = new Replay({ onPacket: onReplay, onPlace: (at) => this.#onPlace(at) })
    host.classList.add('ribbon')
    host.append(this.#last, element('div', 'ribbon-view', this.#canvas, this.#marks))
    this.#badge.hidden = true
    this.#badge.append(this.#badgeWords, this.#toLive)
    stage.append(this.#badge)
    this.#last.addEventListener('click', () => (this.#isOver ? options.onRecap() : this.#playLast()))
    this.#toLive.addEventListener('click', () => this.#replay.stop())
    this.#marks.setAttribute('role', 'toolbar')
    rove(this.#marks, () => [...this.#marks.children] as HTMLElement[])
    new ResizeObserver(() => this.#show()).observe(this.#canvas)
    let steps = 0
    setInterval(() => {
      if (steps++ % SLOW_STEPS === 0 || !options.isSlow()) this.#show()
    }, STEP_MS)
    this.speak()
  }

  setShow(document: ShowDocument): void {
    const { stickers, language, state } = document
    this.#isOver = state === 'ended'
    this.#sides = sidesOf(document)
    this.#stickers = new Map(stickers.map((sticker) => [sticker.sticker, sticker]))
    this.#time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
    this.speak()
  }

  add(packet: MoodPacket): void {
    this.#backfill.add(packet)
  }

  /** Renders all texts again, in the page's current language. */
  speak(): void {
    const { say } = this.#options.words
    this.#lastWords.textContent = this.#isOver ? say('recap') : `▶ ${say('ribbonLast')}`
    this.#last.setAttribute('aria-label', say(this.#isOver ? 'recap' : 'ribbonLastLabel'))
    this.#marks.setAttribute('aria-label', this.#options.words.say('ribbonMarks'))
    this.#toLive.textContent = this.#options.words.say('ribbonLive')
    this.#shownMarks = ''
    this.#show()
  }

  async #history(before: number): Promise<Step[] | undefined> {
    const { url, show } = this.#options
    const { width, spanMs } = this.#shape()
    // No room for the line on this screen.
    if (width === 0) return undefined
    const sides = this.#sides.map(({ segment }) => segment)
    const from = Math.max(0, before - spanMs)
    return (await historyOf({ url, show, from, stepMs: STEP_MS, sides })).steps
  }

  /** How many bars fit, and their length. */
  #shape(): { width: number; count: number; barMs: number; spanMs: number } {
    const width = this.#canvas.clientWidth
    const barMs = width < WIDE_PX ? BAR_MS : WIDE_BAR_MS
    const count = Math.min(Math.floor(SPAN_MS / barMs), Math.max(1, Math.floor(width / PITCH_PX)))
    return { width, count, barMs, spanMs: count * barMs }
  }

  #show(): void {
    const { width, count, barMs, spanMs } = this.#shape()
    if (document.hidden || width === 0) return
    const now = Math.max(this.#options.serverNow(), this.#moments.steps.at(-1)?.at ?? 0)
    const scale = Math.min(SCALE_MAX, devicePixelRatio)
    const pixels = [Math.round(width * scale), Math.round(this.#canvas.clientHeight * scale)] as const
    if (this.#canvas.width !== pixels[0]) this.#canvas.width = pixels[0]
    if (this.#canvas.height !== pixels[1]) this.#canvas.height = pixels[1]
    const bars = barsOf(this.#moments.steps, { to: now, count, barMs })
    drawLine(this.#canvas, bars, {
      pitch: PITCH_PX * scale,
      colours: this.#colours(),
      scene: this.#scene,
    })
    this.#canvas.dataset.n = String(bars.reduce((sum, { n }) => sum + n, 0))
    this.#last.disabled = !this.#isOver && !this.#moments.steps.some(({ at }) => at >= now - LAST_MS)
    const first = bars[0]!.at
    this.#showMarks({ first, spanMs, width, shift: width - count * PITCH_PX })
  }

  #colours(): LineColours {
    const style = getComputedStyle(this.#options.host)
    return {
      sides: this.#sides.map((side, place) => [side.segment, colourOf(side, place)]),
      rest: style.getPropertyValue('--ribbon-rest'),
      ground: style.getPropertyValue('--line'),
    }
  }

  /** The strongest marks that fit, in order; a mark keeps its button while it moves along. */
  #showMarks(line: { first: number; spanMs: number; width: number; shift: number }): void {
    const leftOf = (at: number) => line.shift + ((at - line.first) / line.spanMs) * (line.width - line.shift)
    const known = this.#moments
      .highlights()
      .filter(({ at, sticker }) => at >= line.first && this.#stickers.has(sticker))
    const chosen: typeof known = []
    for (const mark of known.toSorted((a, b) => b.lift - a.lift)) {
      if (chosen.every(({ at }) => Math.abs(leftOf(at) - leftOf(mark.at)) >= MARK_PX)) chosen.push(mark)
    }
    chosen.sort((a, b) => a.at - b.at)
    const key = chosen.map(({ at, sticker }) => `${at} ${sticker}`).join()
    if (key !== this.#shownMarks && !this.#isPressed()) {
      this.#shownMarks = key
      const focused = (document.activeElement as HTMLElement | null)?.dataset.at
      const nodes = chosen.map((mark) => this.#mark(mark, this.#stickers.get(mark.sticker)!))
      this.#marks.replaceChildren(...nodes)
      makeOnlyStop(nodes.find(({ dataset }) => dataset.at === focused) ?? nodes.at(-1), nodes)
      if (focused !== undefined) nodes.find(({ dataset }) => dataset.at === focused)?.focus()
    }
    for (const node of this.#marks.children as HTMLCollectionOf<HTMLElement>)
      node.style.insetInlineStart = `${leftOf(Number(node.dataset.at)).toFixed(1)}px`
  }

  #mark(mark: Highlight, sticker: Sticker): HTMLButtonElement {
    const { at } = mark
    const node = button('ribbon-mark', stickerIcon(sticker, this.#options.url))
    node.dataset.at = String(at)
    node.setAttribute('aria-pressed', String(this.#scene?.from === at - BEFORE_MS))
    node.setAttribute(
      'aria-label',
      this.#options.words.say('ribbonPlay', { time: this.#time.format(at), sticker: sticker.title }),
    )
    node.addEventListener('click', () => {
      if (this.#scene?.from === at - BEFORE_MS) this.#replay.stop()
      else void this.#playMoment(mark)
    })
    return node
  }

  #playLast(): void {
    const to = this.#moments.steps.at(-1)!.at + STEP_MS
    // Skip silence at the start.
    const from = this.#moments.steps.find(({ at }) => at >= to - LAST_MS)!.at
    this.#play({ from, to, speed: LAST_SPEED })
  }

  /** Starts with what arrived then, which is here already, and switches to what was seen once the server has returned it. */
  async #playMoment(mark: Highlight): Promise<void> {
    const from = mark.at - BEFORE_MS
    const scene = { from, to: from + HIGHLIGHT_MS, speed: 1 }
    this.#play(scene)
    // If the server does not return it, what arrived is played.
    const seen = await this.#seenOf(mark).catch(() => undefined)
    if (seen !== undefined && this.#scene === scene)
      this.#replay.play(packetsOf(seen.steps, { ...seen, speed: 1 }))
  }

  /** Fetched and computed once per mark, which may be pressed repeatedly, after all its reactions have arrived. */
  async #seenOf(mark: Highlight): Promise<SeenMoment | undefined> {
    const { url, show, serverNow } = this.#options
    const key = `${mark.at} ${mark.sticker}`
    if (this.#seen.has(key)) return this.#seen.get(key)
    const span = { beforeMs: BEFORE_MS, lengthMs: HIGHLIGHT_MS }
    const seen = await seenMoment({ url, show, sides: [] }, mark, span)
    if (serverNow() - mark.at > HEARD_MS) {
      if (this.#seen.size === SEEN_MAX) this.#seen.clear()
      this.#seen.set(key, seen)
    }
    return seen
  }

  #play(scene: Scene): void {
    this.#replay.stop()
    this.#scene = scene
    this.#replay.play(packetsOf(this.#moments.between(scene.from, scene.to), scene))
  }

  #onPlace(at: number | undefined): void {
    this.#badge.hidden = at === undefined
    if (at === undefined) {
      this.#scene = undefined
      this.#options.onReplay(undefined)
    } else
      this.#badgeWords.textContent = this.#options.words.say('ribbonReplay', { time: this.#time.format(at) })
    for (const node of this.#marks.children as HTMLCollectionOf<HTMLElement>)
      node.setAttribute('aria-pressed', String(this.#scene?.from === Number(node.dataset.at) - BEFORE_MS))
    this.#show()
  }
}
