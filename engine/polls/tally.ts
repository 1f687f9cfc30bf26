import { ownOf } from '../../protocol/ids.ts'
import type { Mark, Poll, TallyCell } from '../../protocol/polls.ts'
import { isAhead, logVersion } from '../count-version.ts'

/** A poll's result, computed from the cells by its rules. */
export interface Result {
  /** Viewers whose answer is in it. */
  viewers: number
  /** Every choice of the poll, in the order of the poll. */
  counts: Record<string, number>
  segments: Record<string, { viewers: number; counts: Record<string, number> }>
}

/**
 * Keeps the newest version of each cell of one poll, and computes the result. The order of cells does not matter, and repeats are
 * harmless.
 */
export class Tally {
  readonly #cells = new Map<string, TallyCell>()
  #version = 0

  /**
   * Returns whether it was newer than the known version.
   * @param takenMs When the log took it: see `isNewer`. Default: unknown.
   */
  apply(cell: TallyCell, takenMs = Number.POSITIVE_INFINITY): boolean {
    const key = `${cell.segment}/${cell.choice}/${cell.mark}`
    const known = this.#cells.get(key)
    if (known !== undefined && !isNewer(cell.version, known.version, takenMs)) return false
    this.#cells.set(key, cell)
    this.#version = Math.max(this.#version, logVersion(cell.version, takenMs))
    return true
  }

  /** The newest cell's version; 0 before the first. */
  get version(): number {
    return this.#version
  }

  /** Viewers in cells with this mark: how many more the result would have with them. */
  marked(mark: 'late' | 'quarantined'): number {
    let viewers = 0
    for (const cell of this.#cells.values())
      if (cell.choice === '' && has(cell.mark, mark)) viewers += cell.count
    return viewers
  }

  result({
    choices,
    countLate,
    countQuarantined,
  }: Pick<Poll, 'choices' | 'countLate' | 'countQuarantined'>): Result {
    const blank = () => ({
      viewers: 0,
      counts: Object.fromEntries(choices.map(({ choice }) => [choice, 0])) as Record<string, number>,
    })
    const all = blank()
    const segments: Result['segments'] = {}
    for (const { segment, choice, mark, count } of this.#cells.values()) {
      if ((has(mark, 'late') && !countLate) || (has(mark, 'quarantined') && !countQuarantined)) continue
      const parts = [all]
      if (segment !== '') {
        const part = ownOf(segments, segment) ?? blank()
        segments[segment] = part
        parts.push(part)
      }
      for (const part of parts) {
        if (choice === '') part.viewers += count
        else part.counts[choice] = (ownOf(part.counts, choice) ?? 0) + count
      }
    }
    return { ...all, segments }
  }
}

const has = (mark: Mark, part: 'late' | 'quarantined'): boolean => mark.split(' ').includes(part)

/**
 * Whether a count replaces a known one: the newer version does. That of a clock that was ahead of the log's is replaced once the
 * clock is right again, or nothing would be newer until that time has come.
 */
const isNewer = (version: number, known: number, takenMs: number): boolean =>
  version > known || (isAhead(known, takenMs) && !isAhead(version, takenMs))
