import type { Certificate, Poll } from '../../protocol/polls.ts'
import type { AuditEntry, TrailEntry } from '../../protocol/trail.ts'
import type { BallotsReach, LeafChunk, PollStore, StoredSigningKey, StoredTreeHead } from '../store/polls.ts'
import { nextEntry } from '../store/trail.ts'

/** Lasts as long as the process. Unbounded in its audit trail: for tests and demonstrations. */
export function memoryPollStore(): PollStore {
  const polls = new Map<string, Poll>()
  const keys = new Map<string, Uint8Array>()
  const signing = new Map<number, StoredSigningKey>()
  const trails = new Map<string, TrailEntry[]>()
  const certificates = new Map<string, Certificate>()
  const leaves = new Map<string, LeafChunk[]>()
  let ballotsEnd: BallotsReach = { next: 0, last: '' }
  const heads = new Map<string, StoredTreeHead>()
  const nameOf = (show: string, poll: string) => `${show}/${poll}`
  const note = (show: string, entry: AuditEntry) =>
    void trails.set(show, [
      ...(trails.get(show) ?? []),
      nextEntry(show, trails.get(show)?.at(-1), structuredClone(entry)),
    ])
  const chunks = (show: string, poll: string) => leaves.get(nameOf(show, poll)) ?? []
  return {
    ballotsEnd: async () => ballotsEnd,
    async saveBallotsEnd(next) {
      ballotsEnd = next
    },
    treeHead: async (show, poll) => heads.get(nameOf(show, poll)),
    async saveTreeHead(show, poll, head) {
      if ((heads.get(nameOf(show, poll))?.size ?? -1) < head.size) heads.set(nameOf(show, poll), { ...head })
    },
    all: async () => structuredClone([...polls.values()]),
    async save(poll, entry, certificate) {
      const name = nameOf(poll.show, poll.poll)
      if (certificate !== undefined) {
        if (certificates.has(name)) throw new Error(`${name} has a certificate`)
        certificates.set(name, structuredClone(certificate))
      }
      polls.set(name, structuredClone(poll))
      if (poll.wiped !== undefined) for (const each of [certificates, leaves, heads, keys]) each.delete(name)
      if (entry !== undefined) note(poll.show, entry)
    },
    trail: async (show, { before = Number.POSITIVE_INFINITY, limit }) =>
      (trails.get(show) ?? [])
        .filter(({ entry }) => entry < before)
        .slice(-limit)
        .reverse(),
    record: async (show, entry) => note(show, entry),
    voterKey: async (show, poll) => keys.get(nameOf(show, poll)),
    async saveVoterKey(show, poll, key) {
      if (!keys.has(nameOf(show, poll))) keys.set(nameOf(show, poll), key)
    },
    forgetVoterKey: async (show, poll) => void keys.delete(nameOf(show, poll)),
    signingKeys: async () => [...signing.values()].sort((a, b) => a.from - b.from),
    replaceSigningKey: async (key) => void signing.set(key.from, { ...key }),
    async saveSigningKey(key) {
      if (!signing.has(key.from)) signing.set(key.from, { ...key })
    },
    certificate: async (show, poll) => certificates.get(nameOf(show, poll)),
    async saveLeaves(show, poll, written) {
      const all = [...chunks(show, poll)]
      for (const leaf of written) all[leaf.chunk] = structuredClone(leaf)
      leaves.set(nameOf(show, poll), all)
    },
    leafIndex: async (show, poll) => chunks(show, poll).map(({ from, to, root }) => ({ from, to, root })),
    leaves: async (show, poll, chunk) => chunks(show, poll)[chunk],
  }
}
