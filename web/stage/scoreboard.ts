import { AWAY, type Board, HOME, type MatchEvent, type MatchEventKind } from '../../engine/match.ts'

/** The word that fills the stage for a moment, and the side it belongs to. */
export interface Shout {
  word: string
  side: 'home' | 'away' | 'nobody'
}

const SHOUTS: Partial<Record<MatchEventKind, Shout>> = {
  four: { word: 'FOUR', side: 'home' },
  six: { word: 'SIX', side: 'home' },
  wicket: { word: 'OUT', side: 'away' },
  review: { word: 'REVIEW', side: 'nobody' },
  'not-out': { word: 'NOT OUT', side: 'home' },
  'last-over': { word: 'LAST OVER', side: 'nobody' },
  won: { word: 'LANTERNS WIN', side: 'home' },
}
export const SHOUT_MS = 2_600
const FRESH_MS = 5_000

/** What the stage says about an event `sinceMs` after its start: nothing before it has happened. */
export interface Saying {
  board: Board
  text: string
  /** Whether `text` is what just happened; with room for only one line, it is this one. */
  fresh: boolean
  shout: Shout | undefined
  /** Set once the cup is lifted. */
  cup: boolean
}

export function sayingAt(event: MatchEvent, sinceMs: number): Saying {
  const { kind, impactMs, startMs, text, before, after } = event
  const known = sinceMs >= impactMs - startMs
  const shoutEndsMs = impactMs - startMs + SHOUT_MS
  return {
    board: known ? after : before,
    text: known ? text : waitingText(event),
    fresh: known && sinceMs < impactMs - startMs + FRESH_MS,
    shout: known && (sinceMs < shoutEndsMs || kind === 'review') ? SHOUTS[kind] : undefined,
    cup: kind === 'cup',
  }
}

function waitingText({ kind, before }: MatchEvent): string {
  if (kind === 'walk-out' || kind === 'cup') return 'The ground rises'
  return `${before.bowler} to ${before.batter}`
}

/** Overs as the game writes them: 16.4 is sixteen overs and four balls. */
export const oversOf = ({ balls }: Board): string => `${Math.floor(balls / 6)}.${balls % 6}`

export function chaseOf({ runs, target, balls, wickets }: Board): string {
  const need = target - runs
  if (need <= 0) return `Won by ${10 - wickets} wickets`
  const left = 120 - balls
  return `Need ${need} from ${left} ${left === 1 ? 'ball' : 'balls'}`
}

/** The whole board as one line, for a screen reader. */
export const boardText = (board: Board): string =>
  `${HOME.name} ${board.runs} for ${board.wickets} after ${oversOf(board)} overs against ${AWAY.name}. ${chaseOf(board)}.`
