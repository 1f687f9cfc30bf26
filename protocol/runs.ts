import type { Show } from './show.ts'

/**
 * A rehearsal runs as often as it is wiped. What viewers sent in one run stands in the log and in the store under the show
 * and the run, `final~2`; in the first, and for a show that is no rehearsal, under the show alone. So nothing that was
 * filed before a wipe is counted after it, in whatever order and however often the log is read.
 */

/** Runs of one rehearsal. At the bound it cannot be wiped any more. */
export const RUNS_MAX = 200

/** What packets say of a run: nothing of the first, so that those of a show that is no rehearsal are as they were. */
export const runInPacket = ({ run = 1 }: Pick<Show, 'run'>): { run?: number } => (run > 1 ? { run } : {})

/** Under which name what viewers send now is filed. */
export const filedAs = ({ show, run = 1 }: Pick<Show, 'show' | 'run'>): string =>
  run === 1 ? show : `${show}~${run}`

/** The show and the run that something is filed under. */
export function filedUnder(name: string): { show: string; run: number } {
  const [show, run = '1'] = name.split('~') as [string, string?]
  return { show, run: Number(run) }
}

/** Every name under which a show's runs before this one are filed. */
export const filedBefore = ({ show, run = 1 }: Pick<Show, 'show' | 'run'>): string[] =>
  Array.from({ length: run - 1 }, (_, i) => filedAs({ show, run: i + 1 }))
