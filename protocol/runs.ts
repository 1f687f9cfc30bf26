import type { Show } from './show.ts'

/**
 * Each wipe of a rehearsal begins a new run. Records of viewers are filed in the log and in the store under the show and the run,
 * `final~2`; in the first run, and in a show that is no rehearsal, under the show alone. So nothing filed before a wipe is
 * counted after it, in whatever order and however often the log is read.
 */

/** Runs of one rehearsal. At the bound it cannot be wiped any more. */
export const RUNS_MAX = 200

/** The run in a packet: absent in the first, so that packets of a normal show are unchanged. */
export const runInPacket = ({ run = 1 }: Pick<Show, 'run'>): { run?: number } => (run > 1 ? { run } : {})

/** The name under which viewers' records are filed now. */
export const filedAs = ({ show, run = 1 }: Pick<Show, 'show' | 'run'>): string =>
  run === 1 ? show : `${show}~${run}`

/** The show and the run of a filed name. */
export function filedUnder(name: string): { show: string; run: number } {
  const [show, run = '1'] = name.split('~') as [string, string?]
  return { show, run: Number(run) }
}

/** The filed names of all earlier runs of a show. */
export const filedBefore = ({ show, run = 1 }: Pick<Show, 'show' | 'run'>): string[] =>
  Array.from({ length: run - 1 }, (_, i) => filedAs({ show, run: i + 1 }))
