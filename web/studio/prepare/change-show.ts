import { call } from '../api/call.ts'
import { Problem } from '../api/problem.ts'
import type { StudioShow } from '../api/queries.ts'
import type { Edits } from './clashes.ts'

/** How often an edit is decided anew after somebody was faster. */
const RACES_MAX = 10

/**
 * Changes a show at once, without a form. If somebody was faster, `edit` decides again about the newer show, so that it takes
 * nothing back. @param edit May be asked several times, also after the change is in place.
 */
export async function changeShow(
  seen: StudioShow,
  edit: (show: StudioShow) => Edits,
  races = RACES_MAX,
): Promise<StudioShow> {
  try {
    return await call<StudioShow>(`v1/studio/shows/${seen.show}`, {
      method: 'PATCH',
      body: edit(seen),
      ifMatch: seen.version,
    })
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code !== 'stale' || races === 0) throw cause
    return changeShow(cause.current as StudioShow, edit, races - 1)
  }
}
