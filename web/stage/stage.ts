import { AWAY, BAT_MS, eventAt, HOME, isBall, type MatchEvent, matchClock } from '../../engine/match.ts'
import { element, silent } from '../dom/element.ts'
import { Action } from './action.ts'
import { newPlay, PLAY_ENDS_MS } from './ball.ts'
import { drawConfetti } from './confetti.ts'
import { drawScenery, type SideColours } from './scenery.ts'
import { boardText, chaseOf, oversOf, type Saying, sayingAt } from './scoreboard.ts'

/** Finer than this a moving picture does not look better, only costs more. */
const SCALE_MAX = 1.5
const SAY_MS = 50
const OVER_BALLS = 6
/** A ball's one picture where motion is to be reduced: the bowler about to bowl. */
const STILL_MS = BAT_MS - 700
/** Confetti has been falling for so long when the cup comes. */
const CUP_AFTER_MS = 20_000

export interface StageOptions {
  host: HTMLElement
  colours: SideColours
  /** The server's time, so that every viewer sees the same ball. */
  serverNow: () => number
  /** Motion is to be reduced: the board changes, nobody runs. */
  still: () => boolean
}

/** Plays the scripted final where a video would be. Draws only while something moves and the page is seen. */
export class Stage {
  readonly #serverNow: () => number
  readonly #still: () => boolean
  readonly #colours: SideColours
  readonly #host: HTMLElement
  readonly #scenery = layer('stage-scenery')
  readonly #moving = layer('stage-action')
  readonly #context: CanvasRenderingContext2D
  readonly #action: Action
  readonly #board: BoardElements
  readonly #size: ResizeObserver
  readonly #listeners = new AbortController()
  readonly #confetti: readonly string[]
  #frame = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Start of the event whose picture of rest is on the canvas, -1 for none. */
  #restDrawn = -1
  #said = ''
  #saidMs = 0

  constructor({ host, colours, serverNow, still }: StageOptions) {
    this.#host = host
    this.#colours = colours
    this.#serverNow = serverNow
    this.#still = still
    this.#confetti = [colours.home, '#fff4d6', '#ffd34d', '#ff6a3d']
    this.#context = this.#moving.getContext('2d')!
    this.#action = new Action(this.#context, colours, newPlay)
    this.#board = buildBoard()
    const camera = element('div', 'stage-camera')
    camera.append(this.#scenery, element('div', 'stage-phones'), this.#moving)
    host.append(camera, this.#board.shout, this.#board.cup, this.#board.root)
    this.#size = new ResizeObserver(() => this.#resize())
    this.#size.observe(host)
    document.addEventListener('visibilitychange', () => this.#wake(), { signal: this.#listeners.signal })
    this.#wake()
  }

  close(): void {
    this.#listeners.abort()
    this.#size.disconnect()
    this.#sleep()
  }

  #sleep(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#timer)
  }

  #wake(): void {
    this.#sleep()
    this.#restDrawn = -1
    if (!document.hidden) this.#frame = requestAnimationFrame(this.#draw)
  }

  readonly #draw = (): void => {
    const at = matchClock(this.#serverNow())
    const event = eventAt(at)
    const sinceMs = at - event.startMs
    const moves = !this.#still() && movesAt(event, sinceMs)
    const now = performance.now()
    if (!moves || now - this.#saidMs >= SAY_MS) {
      this.#saidMs = now
      this.#say(sayingAt(event, sinceMs))
    }
    if (moves || this.#restDrawn !== event.startMs) this.#drawAction(event, sinceMs)
    this.#restDrawn = moves ? -1 : event.startMs
    // At rest nothing is worth 60 looks a second.
    if (moves) this.#frame = requestAnimationFrame(this.#draw)
    else this.#timer = setTimeout(this.#draw, SAY_MS)
  }

  #drawAction(event: MatchEvent, sinceMs: number): void {
    this.#action.draw(event, this.#still() ? Math.min(sinceMs, STILL_MS) : sinceMs)
    if (isBall(event.kind) || this.#still()) return
    const { width, height } = this.#moving
    if (event.kind === 'won') drawConfetti(this.#context, width, height, sinceMs, this.#confetti)
    if (event.kind === 'cup')
      drawConfetti(this.#context, width, height, sinceMs + CUP_AFTER_MS, this.#confetti)
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#host
    const scale = Math.min(SCALE_MAX, devicePixelRatio)
    const width = Math.max(1, Math.round(clientWidth * scale))
    const height = Math.max(1, Math.round(clientHeight * scale))
    if (this.#moving.width === width && this.#moving.height === height) return
    for (const canvas of [this.#scenery, this.#moving]) {
      canvas.width = width
      canvas.height = height
    }
    drawScenery(this.#scenery.getContext('2d')!, width, height, this.#colours)
    this.#action.resize(width, height)
    this.#restDrawn = -1
  }

  /** Writes the board where it changed; most frames change nothing. */
  #say({ board, text, fresh, shout, cup }: Saying): void {
    const key = `${board.runs}/${board.wickets}/${board.balls}/${board.over.length}/${text}/${fresh}/${shout?.word}/${cup}`
    if (key === this.#said) return
    this.#said = key
    const parts = this.#board
    parts.score.textContent = `${board.runs}/${board.wickets}`
    parts.overs.textContent = oversOf(board)
    parts.chase.textContent = chaseOf(board)
    parts.text.textContent = text
    parts.root.dataset.news = fresh ? 'fresh' : 'old'
    parts.root.setAttribute('aria-label', boardText(board))
    for (let i = 0; i < OVER_BALLS; i++) {
      const ball = board.over[i] ?? ''
      parts.balls[i]!.textContent = ball === '.' ? '•' : ball
      parts.balls[i]!.dataset.ball = ball
    }
    parts.shout.dataset.side = shout?.side ?? ''
    parts.shout.dataset.long = String((shout?.word.length ?? 0) > 7)
    parts.cup.hidden = !cup
    if (parts.shout.textContent === (shout?.word ?? '')) return
    parts.shout.textContent = shout?.word ?? ''
    // A new node would restart the animation as well, but costs a layout.
    parts.shout.getAnimations().forEach((animation) => {
      animation.cancel()
      animation.play()
    })
  }
}

function movesAt({ kind }: MatchEvent, sinceMs: number): boolean {
  return isBall(kind) ? sinceMs < PLAY_ENDS_MS : kind === 'won' || kind === 'cup'
}

interface BoardElements {
  root: HTMLElement
  score: HTMLElement
  overs: HTMLElement
  chase: HTMLElement
  text: HTMLElement
  balls: HTMLElement[]
  shout: HTMLElement
  cup: HTMLElement
}

function buildBoard(): BoardElements {
  const score = element('span', 'board-score')
  const overs = element('span', 'board-overs')
  const chase = element('span', 'board-chase')
  const text = element('p', 'board-text')
  const balls = Array.from({ length: OVER_BALLS }, () => element('span', 'board-ball'))
  const team = element('span', 'board-team', HOME.short)
  const against = element('span', 'board-against', `v ${AWAY.short}`)
  const over = element('span', 'board-over', ...balls)
  const root = element(
    'div',
    'board',
    element('div', 'board-top', team, score, overs, against, over),
    element('div', 'board-bottom', chase, text),
  )
  root.setAttribute('role', 'img')
  const shout = silent(element('div', 'shout'))
  const cup = silent(element('div', 'cup'))
  cup.hidden = true
  return { root, score, overs, chase, text, balls, shout, cup }
}

function layer(className: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.className = className
  canvas.setAttribute('aria-hidden', 'true')
  return canvas
}
