import { addResult, blank, partsOf } from './count.ts'
import { type CellRow, cellIn } from './rows.ts'
import type { Rules } from './rules.ts'
import type { AuditSource } from './source.ts'

/** What the server counts now: the newest version of each cell, and the highest version seen. */
export async function liveCount(source: AuditSource, show: string, poll: string, rules: Rules) {
  const newest = new Map<string, CellRow>()
  let version = 0
  for await (const rows of source.rows('tallies')) {
    for (const { value } of rows) {
      const cell = cellIn(value)
      // An unreadable record counts nothing in the live tally either.
      if (cell?.show !== show || cell.poll !== poll) continue
      const key = `${cell.segment}/${cell.choice}/${cell.mark}`
      const known = newest.get(key)
      if (known === undefined || known.version < cell.version) newest.set(key, cell)
      version = Math.max(version, cell.version)
    }
  }
  const count = blank(rules)
  for (const { segment, choice, mark, count: n } of newest.values()) {
    if (mark.includes('late') && !rules.countLate) continue
    if (mark.includes('quarantined') && !rules.countQuarantined) continue
    for (const part of partsOf(count, segment, rules)) {
      if (choice === '') part.viewers += n
      else addResult(part.result, choice, n)
    }
  }
  return { count, version }
}
