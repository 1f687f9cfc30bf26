import { AWAY, BAT_MS, eventAt, HOME, isBall, matchClock } from '../../engine/match.ts'
import { Action } from './action.ts'
import { newPlay, PLAY_ENDS_MS } from './ball.ts'
import { drawConfetti } from './confetti.ts'
import { drawScenery, type SideColours } from './scenery.ts'
import { boardText, chaseOf, oversOf, type Saying, sayingAt } from './scoreboard.ts'

const SCALE_MAX = 2
const OVER_BALLS = 6

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
  #frame = 0
  /** Start of the event whose picture of rest is on the canvas, -1 for none. */
  #restDrawn = -1
  #said = ''

  constructor({ host, colours, serverNow, still }: StageOptions) {
    this.#host = host
    this.#colours = colours
    this.#serverNow = serverNow
    this.#still = still
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
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
  }

  #wake(): void {
    cancelAnimationFrame(this.#frame)
    this.#restDrawn = -1
    this.#frame = document.hidden ? 0 : requestAnimationFrame(this.#draw)
  }

  readonly #draw = (): void => {
    const at = matchClock(this.#serverNow())
    const event = eventAt(at)
    const sinceMs = at - event.startMs
    this.#say(sayingAt(event, sinceMs))
    const still = this.#still()
    const moves =
      !still && (isBall(event.kind) ? sinceMs < PLAY_ENDS_MS : event.kind === 'won' || event.kind === 'cup')
    const rest = event.startMs
    if (moves || this.#restDrawn !== rest) {
      this.#action.draw(event, still ? Math.min(sinceMs, BAT_MS - 700) : sinceMs)
      if (moves && !isBall(event.kind)) {
        const { width, height } = this.#moving
        const fallsMs = event.kind === 'won' ? sinceMs : sinceMs + 20_000
        drawConfetti(this.#context, width, height, fallsMs, [
          this.#colours.home,
          '#fff4d6',
          '#ffd34d',
          '#ff6a3d',
        ])
      }
      this.#restDrawn = moves ? -1 : rest
    }
    this.#frame = requestAnimationFrame(this.#draw)
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
  const root = element('div', 'board')
  root.setAttribute('role', 'img')
  const [team, score, overs, against] = ['board-team', 'board-score', 'board-overs', 'board-against'].map(
    (name) => element('span', name),
  ) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement]
  team.textContent = HOME.short
  against.textContent = `v ${AWAY.short}`
  const balls = Array.from({ length: OVER_BALLS }, () => element('span', 'board-ball'))
  const over = element('span', 'board-over')
  over.append(...balls)
  const chase = element('span', 'board-chase')
  const text = element('p', 'board-text')
  const top = element('div', 'board-top')
  top.append(team, score, overs, against, over)
  const bottom = element('div', 'board-bottom')
  bottom.append(chase, text)
  root.append(top, bottom)
  const shout = element('div', 'shout')
  shout.setAttribute('aria-hidden', 'true')
  const cup = element('div', 'cup')
  cup.hidden = true
  cup.setAttribute('aria-hidden', 'true')
  return { root, score, overs, chase, text, balls, shout, cup }
}

function element(name: string, className: string): HTMLElement {
  const node = document.createElement(name)
  node.className = className
  return node
}

function layer(className: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.className = className
  canvas.setAttribute('aria-hidden', 'true')
  return canvas
}
