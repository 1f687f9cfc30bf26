import { AWAY, HOME } from '../../engine/match.ts'
import { setHidden, setText } from '../dom/change.ts'
import { element, silent } from '../dom/element.ts'
import { type Painter, startPainter } from '../paint/painter.ts'
import type { GroundTask } from './ground.ts'
import type { SideColours } from './scenery.ts'
import { boardText, chaseOf, oversOf, type Saying } from './scoreboard.ts'

/** A higher resolution does not look better in a moving picture, only costs more. */
const SCALE_MAX = 1.5
/** The estimate of the server's time improves, and reduced motion may be switched on at any time. */
const FOLLOW_MS = 1000
const OVER_BALLS = 6

export interface StageOptions {
  host: HTMLElement
  /** The server's address, without a slash at its end. */
  url: string
  colours: SideColours
  /** The server's time, so that every viewer sees the same ball. */
  serverNow: () => number
  /** With reduced motion the board changes but nobody runs. */
  still: () => boolean
  /** Whether the page's thread is slow: then fewer frames are drawn. */
  isSlow: () => boolean
}

/** Plays the scripted final where a video would be: the board here, the ground in a worker (ground.ts). */
export class Stage {
  readonly #options: StageOptions
  readonly #scenery = layer('stage-scenery')
  readonly #moving = layer('stage-action')
  readonly #board = buildBoard()
  readonly #closing = new AbortController()
  #painter: Painter<GroundTask> | undefined
  #width = 0
  #height = 0

  constructor(options: StageOptions) {
    this.#options = options
    const camera = element('div', 'stage-camera')
    camera.append(this.#scenery, element('div', 'stage-phones'), this.#moving)
    options.host.append(camera, this.#board.shout, this.#board.cup, this.#board.root)
    void this.#start()
  }

  close(): void {
    this.#painter?.send(this.#now(true))
    this.#closing.abort()
  }

  async #start(): Promise<void> {
    const { signal } = this.#closing
    this.#painter = await startPainter<GroundTask, Saying>({
      address: `${this.#options.url}/ground.js`,
      canvases: [this.#scenery, this.#moving],
      onNews: (saying) => this.#say(saying),
      signal,
    })
    if (signal.aborted) return
    const size = new ResizeObserver(() => this.#resize())
    size.observe(this.#options.host)
    const follow = () => this.#painter?.send(this.#now(document.hidden))
    document.addEventListener('visibilitychange', follow, { signal })
    const timer = setInterval(follow, FOLLOW_MS)
    signal.addEventListener('abort', () => {
      clearInterval(timer)
      size.disconnect()
    })
    this.#resize()
    follow()
  }

  #now(hidden: boolean): GroundTask {
    const { serverNow, still, isSlow } = this.#options
    return { serverMs: serverNow(), hidden, still: still(), isSlow: isSlow() }
  }

  #resize(): void {
    const { host, colours } = this.#options
    const scale = Math.min(SCALE_MAX, devicePixelRatio)
    const width = Math.max(1, Math.round(host.clientWidth * scale))
    const height = Math.max(1, Math.round(host.clientHeight * scale))
    if (this.#width === width && this.#height === height) return
    this.#width = width
    this.#height = height
    this.#painter!.send({ width, height, colours })
  }

  #say({ board, text, fresh, shout, cup }: Saying): void {
    const parts = this.#board
    setText(parts.score, `${board.runs}/${board.wickets}`)
    setText(parts.overs, oversOf(board))
    setText(parts.chase, chaseOf(board))
    setText(parts.text, text)
    parts.root.dataset.news = fresh ? 'fresh' : 'old'
    parts.root.setAttribute('aria-label', boardText(board))
    for (let i = 0; i < OVER_BALLS; i++) {
      const ball = board.over[i] ?? ''
      setText(parts.balls[i]!, ball === '.' ? '•' : ball)
      parts.balls[i]!.dataset.ball = ball
    }
    parts.shout.dataset.side = shout?.side ?? ''
    parts.shout.dataset.long = String((shout?.word.length ?? 0) > 7)
    setHidden(parts.cup, !cup)
    if (parts.shout.textContent === (shout?.word ?? '')) return
    parts.shout.textContent = shout?.word ?? ''
    // A new node would restart the animation too, but costs a layout.
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
