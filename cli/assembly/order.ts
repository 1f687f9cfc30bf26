import type { Flow, Part, PartName } from './part.ts'

/**
 * Orders parts so that each comes after those that it needs, otherwise as listed; a process closes in the reverse order. @throws
 * as `sorted`
 */
export const openOrder = (parts: readonly Part[]): Part[] =>
  sorted(parts, ({ needs, uses }) => [
    ...needs.map((name) => find(parts, name)),
    ...parts.filter(({ name }) => uses.includes(name)),
  ])

/**
 * Orders parts along the data path: those that write a flow before those that read it, so that nothing accepted stays in a part
 * that has already drained. @throws as `sorted`
 */
export const drainOrder = (parts: readonly Part[]): Part[] =>
  sorted(parts, (reader) =>
    parts.filter((writer) => writer !== reader && writer.writes.some((flow) => reader.reads.includes(flow))),
  )

/** Flows of this process that nobody reads, and those that nobody writes. With an embedded log either is a mistake. */
export function looseFlows(parts: readonly Part[]): { unread: Flow[]; unwritten: Flow[] } {
  const read = new Set(parts.flatMap(({ reads }) => reads))
  const written = new Set(parts.flatMap(({ writes }) => writes))
  return {
    unread: [...written].filter((flow) => !read.has(flow)),
    unwritten: [...read].filter((flow) => !written.has(flow)),
  }
}

function find(parts: readonly Part[], name: PartName): Part {
  const found = parts.filter((part) => part.name === name)
  if (found.length === 1) return found[0]!
  throw new Error(`${found.length === 0 ? 'no part is' : 'several parts are'} called ${name}`)
}

/** Depth first, so that a part comes right after those it waits for. @throws for a cycle, and for a need that no part fills */
function sorted(parts: readonly Part[], before: (part: Part) => Part[]): Part[] {
  const order: Part[] = []
  const underWay: Part[] = []
  const visit = (part: Part): void => {
    if (order.includes(part)) return
    if (underWay.includes(part)) {
      throw new Error(`a circle of parts: ${[...underWay, part].map(({ name }) => name).join(' → ')}`)
    }
    underWay.push(part)
    for (const earlier of before(part)) visit(earlier)
    underWay.pop()
    order.push(part)
  }
  for (const part of parts) visit(part)
  return order
}
