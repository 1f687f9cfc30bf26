/**
 * The scripted final: what the stage plays, and what the crowd of `roar load --shape match` answers to. Pure data and
 * functions of time, so everyone with the server's clock sees the same ball.
 *
 * ```
 * one ball   |- run-up -|- the ball comes -|- where it goes ---------|x-- the crowd responds, then falls silent -|
 *            startMs                 + BAT_MS                  impactMs                                    endMs
 * ```
 */

/** A whole final, from the walk-out to the cup; then it starts again. */
export const MATCH_MS = 360_000

export type MatchEventKind =
  | 'walk-out'
  | 'dot'
  | 'run'
  | 'four'
  | 'six'
  | 'wicket'
  | 'review'
  | 'not-out'
  | 'over'
  | 'last-over'
  | 'won'
  | 'cup'

export type Out = 'bowled' | 'caught' | 'run-out'

/** The current score. */
export interface Board {
  runs: number
  wickets: number
  /** Balls bowled in the innings. */
  balls: number
  /** Runs needed to win. */
  target: number
  batter: string
  bowler: string
  /** This over so far: `.`, `1`, `2`, `4`, `6`, `W`. */
  over: readonly string[]
}

export interface MatchEvent {
  kind: MatchEventKind
  startMs: number
  /** When the outcome is clear: the rope is crossed, the catch held, the finger up, the cup lifted. */
  impactMs: number
  endMs: number
  /** One line of commentary, shown from `impactMs` on. */
  text: string
  /** Where the ball goes: degrees from straight back over the bowler towards the leg side. 90 is square leg, 180 behind the keeper, 270 point. */
  shotDeg: number
  /** How a wicket fell. */
  out?: Out
  before: Board
  after: Board
}

/** The mood of the stands at a moment. */
export interface Crowd {
  /** 0 is a silent ground, 1 the loudest it gets. */
  loudness: number
  /** Share of the reactions that comes from the home stand, 0 to 1. */
  home: number
  /** Relative weights of the stickers of the demo show; they add up to 1. */
  stickers: readonly (readonly [sticker: string, weight: number])[]
}

export const HOME = { name: 'Harbour Lanterns', short: 'LAN' }
export const AWAY = { name: 'Highland Kites', short: 'KIT' }

const START: Board = {
  runs: 128,
  wickets: 5,
  balls: 96,
  target: 172,
  batter: 'R. Amadi',
  bowler: 'M. Quill',
  over: [],
}

interface Detail {
  runs?: number
  deg?: number
  out?: Out
  name?: string
}
type Line = [kind: MatchEventKind, text: string, detail?: Detail]

/** `name` is the bowler of a new over, or the batter who comes in after a wicket. */
const SCRIPT: readonly Line[] = [
  ['walk-out', 'The final. Lanterns need 44 from 24 balls', {}],
  ['run', 'Pushed into the gap, one', { runs: 1, deg: 120 }],
  ['dot', 'Beaten outside off', { deg: 172 }],
  ['four', 'Threaded through the covers for four', { runs: 4, deg: 292 }],
  ['run', 'Tucked off the hip', { runs: 1, deg: 98 }],
  ['six', 'Hooked, into the second tier!', { runs: 6, deg: 142 }],
  ['run', 'Hard running, they come back for two', { runs: 2, deg: 235 }],
  ['over', 'Fourteen from the over. 30 from 18', { name: 'S. Thorne' }],
  ['run', 'Dropped at the feet, quick single', { runs: 1, deg: 330 }],
  ['wicket', 'Bowled him! Bails everywhere', { out: 'bowled', name: 'T. Vale' }],
  ['dot', 'Vale gets right behind it', { deg: 10 }],
  ['run', 'Off the mark', { runs: 1, deg: 70 }],
  ['four', 'Flat-batted past the bowler for four', { runs: 4, deg: 352 }],
  ['run', 'Slower ball, only one', { runs: 1, deg: 110 }],
  ['over', 'Seven and a wicket. 23 from 12', { name: 'L. Ashby' }],
  ['run', 'Two to deep square', { runs: 2, deg: 92 }],
  ['review', 'Leg before? They go upstairs', { deg: 180 }],
  ['not-out', 'Missing leg! Not out', { deg: 180 }],
  ['six', 'Ramped over the slips! Six!', { runs: 6, deg: 205 }],
  ['dot', 'Yorker. No answer to that', { deg: 0 }],
  ['run', 'Squeezed away for one', { runs: 1, deg: 215 }],
  ['wicket', 'Caught on the rope! What a grab', { deg: 128, out: 'caught', name: 'J. Sorrel' }],
  ['last-over', 'The last over. 14 to win', { name: 'M. Quill' }],
  ['four', 'First ball, four! 10 from 5', { runs: 4, deg: 300 }],
  ['dot', 'Swing and a miss', { deg: 176 }],
  ['four', 'Top edge, over the keeper, four!', { runs: 4, deg: 168 }],
  ['wicket', 'Run out! A yard short', { deg: 232, out: 'run-out', name: 'K. Moss' }],
  ['dot', 'Nothing. Six from one ball', { deg: 5 }],
  ['six', 'SIX! Off the last ball!', { runs: 6, deg: 12 }],
  ['won', 'Lanterns win by two wickets', {}],
  ['cup', 'The cup is theirs', {}],
]

/** From the start of a ball until it reaches the bat. */
export const BAT_MS = 3_000

/** [until impact, until the end], milliseconds. The cup takes the rest of `MATCH_MS`. */
const LENGTH_MS: Record<MatchEventKind, readonly [number, number]> = {
  'walk-out': [1_000, 12_000],
  dot: [3_200, 9_000],
  run: [4_200, 9_500],
  four: [4_300, 11_500],
  six: [4_000, 13_000],
  wicket: [5_400, 15_000],
  review: [3_600, 18_000],
  'not-out': [500, 8_000],
  over: [500, 6_500],
  'last-over': [500, 9_000],
  won: [500, 13_000],
  cup: [2_500, 0],
}

const BALLS: ReadonlySet<MatchEventKind> = new Set(['dot', 'run', 'four', 'six', 'wicket', 'review'])
/** Whether the event is a ball that is bowled. */
export const isBall = (kind: MatchEventKind): boolean => BALLS.has(kind)

function boardAfter(board: Board, [kind, , { runs = 0, name }]: Required<Line>): Board {
  if (kind === 'over' || kind === 'last-over') return { ...board, bowler: name ?? board.bowler, over: [] }
  if (!isBall(kind)) return board
  const out = kind === 'wicket'
  return {
    ...board,
    runs: board.runs + runs,
    wickets: board.wickets + (out ? 1 : 0),
    balls: board.balls + 1,
    batter: out && name !== undefined ? name : board.batter,
    over: [...board.over, out ? 'W' : runs === 0 ? '.' : String(runs)],
  }
}

function timeline(): MatchEvent[] {
  let board = START
  let startMs = 0
  return SCRIPT.map(([kind, text, detail = {}]) => {
    const [impact, length] = LENGTH_MS[kind]
    const impactMs = startMs + (detail.out === 'bowled' ? BAT_MS : impact)
    const before = board
    const endMs = kind === 'cup' ? MATCH_MS : startMs + length
    board = boardAfter(board, [kind, text, detail])
    const event: MatchEvent = {
      kind,
      startMs,
      impactMs,
      endMs,
      text,
      shotDeg: detail.deg ?? 0,
      ...(detail.out && { out: detail.out }),
      before,
      after: board,
    }
    startMs = endMs
    return event
  })
}

/** The whole final in order, without gaps: the first event starts at 0, the last ends at `MATCH_MS`. */
export const MATCH: readonly MatchEvent[] = timeline()

/** The place in the script at this time of the server's clock, milliseconds from 0 to `MATCH_MS`. */
export function matchClock(nowMs: number): number {
  return ((nowMs % MATCH_MS) + MATCH_MS) % MATCH_MS
}

/** The event at a time of the script. */
export function eventAt(scriptMs: number): MatchEvent {
  const at = matchClock(scriptMs)
  return MATCH.find(({ endMs }) => at < endMs) ?? MATCH[MATCH.length - 1]!
}

interface Answer {
  loudness: number
  /** Time in which the response falls to a third. */
  fadeMs: number
  home: number
  stickers: Record<string, number>
}

const HUSH: Answer = {
  loudness: 0.05,
  fadeMs: 1,
  home: 0.5,
  stickers: { heart: 4, clap: 4, fire: 1, wow: 1 },
}

/** A `review` holds its breath instead of fading: see `levelOf`. */
const ANSWERS: Partial<Record<MatchEventKind, Answer>> = {
  'walk-out': { loudness: 0.3, fadeMs: 5_000, home: 0.52, stickers: { clap: 5, heart: 4, fire: 2, cup: 1 } },
  dot: { loudness: 0.12, fadeMs: 1_500, home: 0.34, stickers: { clap: 4, wow: 3, heart: 1 } },
  run: { loudness: 0.14, fadeMs: 1_500, home: 0.6, stickers: { clap: 5, heart: 3, fire: 1 } },
  four: { loudness: 0.6, fadeMs: 2_600, home: 0.8, stickers: { four: 9, clap: 3, fire: 2, heart: 2 } },
  six: { loudness: 0.95, fadeMs: 3_600, home: 0.86, stickers: { six: 10, fire: 4, wow: 2, heart: 2 } },
  wicket: { loudness: 0.85, fadeMs: 3_400, home: 0.14, stickers: { wicket: 10, wow: 4, clap: 3, fire: 1 } },
  review: { loudness: 0.4, fadeMs: 9_000, home: 0.45, stickers: { wow: 6, wicket: 3, heart: 2, clap: 1 } },
  'not-out': { loudness: 0.7, fadeMs: 2_600, home: 0.84, stickers: { heart: 4, clap: 4, fire: 3, wow: 1 } },
  'last-over': { loudness: 0.35, fadeMs: 6_000, home: 0.5, stickers: { heart: 4, fire: 4, clap: 3, wow: 1 } },
  won: { loudness: 1, fadeMs: 9_000, home: 0.88, stickers: { six: 4, heart: 5, cup: 4, fire: 4 } },
  cup: { loudness: 1, fadeMs: 12_000, home: 0.78, stickers: { cup: 10, heart: 5, clap: 4, fire: 1 } },
}

/** The stands need a third of a second to see what happened, and as long again to reach their loudest. */
const REACTION_MS = 350

function levelOf({ loudness, fadeMs }: Answer, sinceImpactMs: number): number {
  const since = sinceImpactMs - REACTION_MS
  if (since <= 0) return 0
  return loudness * Math.min(1, since / REACTION_MS) * Math.exp(-Math.max(0, since - REACTION_MS) / fadeMs)
}

/** The crowd at a time of the script: the loudest response still in the air, over a murmur that grows towards the last over. */
export function crowdAt(scriptMs: number): Crowd {
  const at = matchClock(scriptMs)
  const lastOver = MATCH.find(({ kind }) => kind === 'last-over')!.startMs
  const murmur = at >= lastOver && at < MATCH_MS - 20_000 ? 2.5 * HUSH.loudness : HUSH.loudness
  let loudest = { answer: HUSH, level: murmur }
  for (const { kind, impactMs } of MATCH) {
    const answer = ANSWERS[kind]
    if (answer === undefined || impactMs > at) continue
    const level = levelOf(answer, at - impactMs)
    if (level > loudest.level) loudest = { answer, level }
  }
  const { answer, level } = loudest
  const sum = Object.values(answer.stickers).reduce((total, weight) => total + weight, 0)
  return {
    loudness: level,
    home: answer.home,
    stickers: Object.entries(answer.stickers).map(([sticker, weight]) => [sticker, weight / sum] as const),
  }
}
