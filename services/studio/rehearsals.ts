import type { RecordingLine } from '../../protocol/recording.ts'
import type { Show } from '../../protocol/show.ts'

/** How many times as fast as it was a show may be played. */
export const REHEARSAL_SPEED_MAX = 20
/** Lines of a recording that a studio plays by itself; for more there is `roar replay`. */
export const REHEARSAL_LINES_MAX = 300_000

/** How a rehearsal that the studio plays stands. */
export interface Rehearsal {
  /** The title of what is played. */
  title: string
  speed: number
  state: 'running' | 'done' | 'stopped' | 'failed'
  who: string
  began: number
  elapsedMs: number
  /** How long all of it takes at its speed. */
  lengthMs: number
  taps: { sent: number; accepted: number; counted: number }
  votes: { sent: number; accepted: number; counted: number }
  posts: { sent: number; accepted: number }
  /** What is wrong, in sentences. */
  faults: string[]
  /** What is worth knowing and no fault. */
  notes: string[]
}

/** Plays recordings into shows of this installation, as viewers' phones would. A process remembers the newest of each show. */
export interface Rehearsals {
  /** @param what.lines Absent: the script that is there from the start. @throws RoarError wrong_state while one is played, or several elsewhere */
  begin(
    show: Show,
    what: { lines?: readonly RecordingLine[]; speed: number; who: string },
  ): Promise<Rehearsal>
  newest(show: string): Rehearsal | undefined
  /** Resolves when nothing more is sent. Harmless where nothing is played. */
  stop(show: string): Promise<void>
}
