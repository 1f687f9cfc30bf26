import type { RecordingLine } from '../../protocol/recording.ts'
import type { Show } from '../../protocol/show.ts'

/** The fastest speed at which a show may be played, as a multiple. */
export const REHEARSAL_SPEED_MAX = 20
/** The longest recording that a studio plays itself, in lines; beyond it, use `roar replay`. */
export const REHEARSAL_LINES_MAX = 300_000

/** The state of a rehearsal played by the studio. */
export interface Rehearsal {
  /** The recording's title. */
  title: string
  speed: number
  state: 'running' | 'done' | 'stopped' | 'failed'
  who: string
  began: number
  elapsedMs: number
  /** Its total duration at that speed. */
  lengthMs: number
  taps: { sent: number; accepted: number; counted: number }
  votes: { sent: number; accepted: number; counted: number }
  posts: { sent: number; accepted: number }
  /** What is wrong, in sentences. */
  faults: string[]
  /** Worth knowing, but no fault. */
  notes: string[]
}

/**
 * Plays recordings into shows of this installation, as viewers' phones would. A process remembers the newest rehearsal of each
 * show.
 */
export interface Rehearsals {
  /**
   * @param what.lines Absent: the built-in script. @throws RoarError wrong_state while one is being played in this show, or
   * several in others
   */
  begin(
    show: Show,
    what: { lines?: readonly RecordingLine[]; speed: number; who: string },
  ): Promise<Rehearsal>
  newest(show: string): Rehearsal | undefined
  /** Resolves when nothing more is sent. Harmless if nothing is being played. */
  stop(show: string): Promise<void>
}
