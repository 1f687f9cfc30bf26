import type { Health } from './supervisor.ts'

/**
 * The joint health of a part made of several: it works once all of them do, waits for the first that does not, in the order of
 * `names`, and has failed when one has.
 */
export function jointHealth<Name extends string>(
  health: Health,
  names: readonly Name[],
): Record<Name, Health> {
  const working = new Set<Name>()
  const reasons = new Map<Name, string>()

  function report(): void {
    const waiting = names.find((name) => reasons.has(name))
    if (waiting !== undefined) health.waiting(`${waiting}: ${reasons.get(waiting)}`)
    else if (working.size === names.length) health.working()
  }

  const of = (name: Name): Health => ({
    working() {
      working.add(name)
      reasons.delete(name)
      report()
    },
    waiting(reason) {
      reasons.set(name, reason)
      report()
    },
    failed: health.failed,
  })
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, Health>
}
