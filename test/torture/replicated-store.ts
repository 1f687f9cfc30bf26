import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { CountStore } from '../../adapters/store/store.ts'

type Write = (store: MemoryStore) => Promise<unknown>

/** A store of counts whose place another may take that has all but the newest writes, as a replica that is behind does. */
export function replicatedStore(): CountStore & { failOver(lost: number): Promise<void> } {
  let current = new MemoryStore()
  let writes: Write[] = []
  const write = <T>(work: (store: MemoryStore) => Promise<T>): Promise<T> => {
    writes.push(work)
    return work(current)
  }
  return {
    counts: (show) => current.counts(show),
    countsReached: () => current.countsReached(),
    term: () => current.term(),
    takeTerm: () => write((store) => store.takeTerm()),
    saveCounts: (...given) => write((store) => store.saveCounts(...given)),
    beginRun: (...given) => write((store) => store.beginRun(...given)),
    async failOver(lost) {
      writes = writes.slice(0, Math.max(0, writes.length - lost))
      const replica = new MemoryStore()
      for (const again of writes) await again(replica)
      current = replica
    },
  }
}
