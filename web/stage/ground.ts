import { BAT_MS, eventAt, isBall, type MatchEvent, matchClock } from '../../engine/match.ts'
import { paintBeside } from '../paint/beside.ts'
import { FramePace } from '../paint/frame-pace.ts'
import type { Paint } from '../paint/painter.ts'
import { Action } from './action.ts'
import { newPlay, PLAY_ENDS_MS } from './ball.ts'
import { drawConfetti } from './confetti.ts'
import { drawScenery, type SideColours } from './scenery.ts'
import { type Saying, sayingAt } from './scoreboard.ts'

/** How often the board is updated, and the ground at rest checked. */
const SAY_MS = 50
/** Smaller differences are message latency; following them would make the ball stutter. */
const JUMP_MS_MIN = 100
/** The single picture of a ball with reduced motion: the bowler about to bowl. */
const STILL_MS = BAT_MS - 700
/** How long confetti has been falling when the cup comes. */
const CUP_AFTER_MS = 20_000

/** Messages to the painter of the scripted final. */
export type GroundTask =
  /** Size of both canvases in device pixels, and the colours on them. */
  | { width: number; height: number; colours: SideColours }
  /**
   * Server time, whether the page is hidden, whether motion is reduced (then the board changes but nobody runs), and whether the
   * page's thread is slow.
   */
  | { serverMs: number; hidden: boolean; still: boolean; isSlow: boolean }

/**
 * Paints the scripted final, and reports what the board says when that changes. Draws only while something moves and is visible.
 */
class Ground {
  readonly #scenery: OffscreenCanvas
  readonly #moving: OffscreenCanvas
  readonly #context: OffscreenCanvasRenderingContext2D
  readonly #tell: (saying: Saying) => void
  readonly #pace = new FramePace()
  #action: Action | undefined
  #confetti: readonly string[] = []
  /** Server time minus this thread's. */
  #offsetMs: number | undefined
  #still = false
  #frame = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Start of the event whose picture at rest is on the canvas; -1: none. */
  #restDrawn = -1
  #said = ''
  #saidMs = 0

  constructor([scenery, moving]: readonly OffscreenCanvas[], tell: (saying: Saying) => void) {
    this.#scenery = scenery!
    this.#moving = moving!
    this.#context = moving!.getContext('2d')!
    this.#tell = tell
  }

  take(task: GroundTask): void {
    if ('width' in task) this.#resize(task.width, task.height, task.colours)
    else this.#follow(task)
  }

  #follow({ serverMs, hidden, still, isSlow }: Extract<GroundTask, { serverMs: number }>): void {
    this.#pace.isSlow = isSlow
    const offsetMs = serverMs - performance.now()
    // Latency only makes it smaller.
    const lateMs = (this.#offsetMs ?? Number.POSITIVE_INFINITY) - offsetMs
    if (lateMs < 0 || lateMs > JUMP_MS_MIN) this.#offsetMs = offsetMs
    if (still !== this.#still) this.#restDrawn = -1
    this.#still = still
    if (hidden) this.#sleep()
    else if (this.#frame === 0 && this.#timer === undefined) this.#draw()
  }

  #sleep(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#timer)
    this.#frame = 0
    this.#timer = undefined
    this.#restDrawn = -1
  }

  readonly #draw = (): void => {
    const now = performance.now()
    const at = matchClock(now + this.#offsetMs!)
    const event = eventAt(at)
    const sinceMs = at - event.startMs
    const moves = !this.#still && movesAt(event, sinceMs)
    if (!moves || now - this.#saidMs >= SAY_MS) this.#say(sayingAt(event, sinceMs), now)
    if (moves ? this.#pace.take(now) : this.#restDrawn !== event.startMs) this.#drawAction(event, sinceMs)
    this.#restDrawn = moves ? -1 : event.startMs
    // At rest 60 checks a second would be wasted.
    this.#frame = moves ? requestAnimationFrame(this.#draw) : 0
    this.#timer = moves ? undefined : setTimeout(this.#draw, SAY_MS)
  }

  #drawAction(event: MatchEvent, sinceMs: number): void {
    this.#action?.draw(event, this.#still ? Math.min(sinceMs, STILL_MS) : sinceMs)
    if (isBall(event.kind) || this.#still) return
    const { width, height } = this.#moving
    if (event.kind === 'won') drawConfetti(this.#context, width, height, sinceMs, this.#confetti)
    if (event.kind === 'cup')
      drawConfetti(this.#context, width, height, sinceMs + CUP_AFTER_MS, this.#confetti)
  }

  #resize(width: number, height: number, colours: SideColours): void {
    for (const canvas of [this.#scenery, this.#moving]) {
      canvas.width = width
      canvas.height = height
    }
    drawScenery(this.#scenery.getContext('2d')!, width, height, colours)
    this.#confetti = [colours.home, '#fff4d6', '#ffd34d', '#ff6a3d']
    this.#action = new Action(this.#context, colours, newPlay)
    this.#action.resize(width, height)
    this.#restDrawn = -1
  }

  #say(saying: Saying, now: number): void {
    this.#saidMs = now
    const said = JSON.stringify(saying)
    if (said !== this.#said) this.#tell(saying)
    this.#said = said
  }
}

function movesAt({ kind }: MatchEvent, sinceMs: number): boolean {
  return isBall(kind) ? sinceMs < PLAY_ENDS_MS : kind === 'won' || kind === 'cup'
}

export const paint: Paint<GroundTask, Saying> = (canvases, tell) => {
  const ground = new Ground(canvases, tell)
  return (task) => ground.take(task)
}

paintBeside(paint)
