import { BAT_MS, isBall, type MatchEvent } from '../../engine/match.ts'
import { PITCH_M, type Point } from './field.ts'

const RELEASE_MS = BAT_MS - 620
const BOUNCE_MS = BAT_MS - 160
const RELEASE_Z = 5.4
const BAT_Z = 2
const GRAVITY = 9.8

/** Everything that moves in a ball, at one moment. The object is reused. */
export interface Play {
  ball: Point
  ballSeen: boolean
  /** The bowler's run-up, 0 to 1; the arm comes over at 1. */
  runUp: number
  /** The bat's swing, 0 held up to 1 through. */
  swing: number
  /** How far the batters have run between the wickets, in pitches. */
  ran: number
  /** Seconds since the bails were broken, negative before. */
  bailsS: number
}

export function newPlay(): Play {
  return { ball: { x: 0, y: 0, z: 0 }, ballSeen: false, runUp: 0, swing: 0, ran: 0, bailsS: -1 }
}

/** Fills `play` with the event's state `sinceMs` after its start. For anything but a ball the ground is at rest. */
export function playAt(event: MatchEvent, sinceMs: number, play: Play): void {
  play.ballSeen = false
  play.runUp = 0
  play.swing = 0
  play.ran = 0
  play.bailsS = -1
  if (!isBall(event.kind)) return
  play.runUp = Math.min(1.2, Math.max(0, (sinceMs - 500) / (RELEASE_MS - 500)))
  play.swing = Math.min(1, Math.max(0, (sinceMs - BAT_MS + 130) / 260))
  if (sinceMs < RELEASE_MS) return
  play.ballSeen = true
  if (sinceMs < BAT_MS) delivery(sinceMs, play.ball)
  else shot(event, (sinceMs - BAT_MS) / 1000, play)
}

/** When everything in a ball has come to rest: until the next ball nothing needs drawing. */
export const PLAY_ENDS_MS = BAT_MS + 4_500

function delivery(sinceMs: number, ball: Point): void {
  const way = (sinceMs - RELEASE_MS) / (BAT_MS - RELEASE_MS)
  const bounce = (BOUNCE_MS - RELEASE_MS) / (BAT_MS - RELEASE_MS)
  ball.x = 0.9 - 0.7 * way
  ball.y = -PITCH_M + 1 + (PITCH_M - 1) * way
  ball.z = way < bounce ? RELEASE_Z * (1 - (way / bounce) ** 1.6) : (BAT_Z * (way - bounce)) / (1 - bounce)
}

/** Metres along the shot after `s` seconds, slowed by the grass: it ends at `reachM`. */
const rolled = (reachM: number, s: number, seconds: number): number => {
  const rest = Math.max(0, 1 - s / seconds)
  return reachM * (1 - rest ** 1.7)
}

/** Height of a hit ball that lands after `seconds`. */
const flown = (s: number, seconds: number): number => Math.max(0, (GRAVITY / 2) * s * (seconds - s))

function shot({ kind, out, shotDeg, after, before }: MatchEvent, s: number, play: Play): void {
  const { ball } = play
  const angle = (shotDeg * Math.PI) / 180
  let far = 0
  ball.z = 0.3
  if (kind === 'six') {
    far = 34 * s
    ball.z = BAT_Z + flown(s, 3.4) * 1.25
    play.ballSeen = s < 2.7
  } else if (kind === 'four') {
    far = rolled(72, s, 2.2)
    ball.z = 0.3 + Math.abs(Math.sin(s * 7)) * Math.max(0, 1.6 - s)
    play.ballSeen = s < 2.2
  } else if (kind === 'wicket' && out === 'bowled') {
    far = 4 * Math.min(1, s * 3)
    ball.z = Math.max(0.3, 1.6 - s * 2)
    play.bailsS = s
  } else if (kind === 'wicket' && out === 'caught') {
    far = Math.min(60, 25 * s)
    ball.z = 3 + (s < 2.4 ? flown(s, 2.4) : 0)
  } else if (kind === 'wicket') {
    // Out into the field, and straight back to the stumps.
    far = s < 1.2 ? rolled(30, s, 1.2) : Math.max(0, 30 * (1 - (s - 1.2) / 0.9))
    ball.z = s < 1.2 ? 0.3 : 0.3 + flown(s - 1.2, 0.9)
    play.ran = Math.min(0.9, s / 2.3)
    play.bailsS = s - 2.1
  } else if (kind === 'run') {
    const runs = after.runs - before.runs
    far = rolled(22 + 14 * runs, s, 2.4)
    play.ran = Math.min(runs, s / 1.6)
  } else {
    far = kind === 'review' ? Math.min(1, s * 6) : rolled(9, s, 0.8)
    ball.z = Math.max(0.3, BAT_Z - s * 2)
    play.ballSeen = s < 2.5
  }
  ball.x = 0.2 + far * Math.sin(angle)
  ball.y = -far * Math.cos(angle)
}
