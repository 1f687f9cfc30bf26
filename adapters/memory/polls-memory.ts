import type { DecisionRequest } from '../../protocol/decisions.ts'
import type { Certificate, Poll } from '../../protocol/polls.ts'
import type { AuditEntry, TrailEntry } from '../../protocol/trail.ts'
import {
  type BallotsReach,
  type LeafChunk,
  type PollStore,
  type StoredSigningKey,
  type StoredSuspect,
  type StoredTreeHead,
  SUSPECTS_MAX,
} from '../store/polls.ts'
import { isNoted, nextEntry, RECENT_ENTRIES } from '../store/trail.ts'

/** Lasts as long as the process. Unbounded in its audit trail: for tests and demonstrations. */
export function memoryPollStore(): PollStore & { versionOf(show: string, poll: string): number } {
  const polls = new Map<string, Poll>()
  const keys = new Map<string, Uint8Array>()
  const signing = new Map<number, StoredSigningKey>()
  const trails = new Map<string, TrailEntry[]>()
  const certificates = new Map<string, Certificate>()
  const leaves = new Map<string, LeafChunk[]>()
  let ballotsEnd: BallotsReach = { next: 0, last: '' }
  const heads = new Map<string, StoredTreeHead>()
  /** By poll; each list has the most ballots in quarantine first. */
  const suspects = new Map<string, StoredSuspect[]>()
  const requests = new Map<string, DecisionRequest>()
  const nameOf = (show: string, poll: string) => `${show}/${poll}`
  const note = (show: string, entry: AuditEntry) =>
    void trails.set(show, [
      ...(trails.get(show) ?? []),
      nextEntry(show, trails.get(show)?.at(-1), structuredClone(entry)),
    ])
  const chunks = (show: string, poll: string) => leaves.get(nameOf(show, poll)) ?? []
  const versionOf = (show: string, poll: string) => polls.get(nameOf(show, poll))?.version ?? 0
  return {
    versionOf,
    ballotsEnd: async () => ballotsEnd,
    async saveBallotsEnd(reach, before) {
      if (!Bun.deepEquals(ballotsEnd, before) && !Bun.deepEquals(ballotsEnd, reach)) return false
      ballotsEnd = { ...reach }
      return true
    },
    treeHead: async (show, poll) => heads.get(nameOf(show, poll)),
    async saveTreeHead(show, poll, head) {
      if ((heads.get(nameOf(show, poll))?.size ?? -1) < head.size) heads.set(nameOf(show, poll), { ...head })
    },
    all: async () => structuredClone([...polls.values()]),
    find: async (show, poll) => structuredClone(polls.get(nameOf(show, poll))),
    async save(poll, { replaces, entry, certificate }) {
      const name = nameOf(poll.show, poll.poll)
      if (versionOf(poll.show, poll.poll) !== replaces) return false
      if (certificate !== undefined) {
        if (certificates.has(name)) throw new Error(`${name} has a certificate`)
        certificates.set(name, structuredClone(certificate))
      }
      polls.set(name, structuredClone(poll))
      if (poll.wiped !== undefined)
        for (const each of [certificates, leaves, heads, keys, suspects, requests]) each.delete(name)
      if (entry !== undefined) note(poll.show, entry)
      return true
    },
    trail: async (show, { before = Number.POSITIVE_INFINITY, limit }) =>
      (trails.get(show) ?? [])
        .filter(({ entry }) => entry < before)
        .slice(-limit)
        .reverse(),
    record: async (show, entry) => {
      if (!isNoted((trails.get(show) ?? []).slice(-RECENT_ENTRIES), entry)) note(show, entry)
    },
    voterKey: async (show, poll) => keys.get(nameOf(show, poll)),
    async saveVoterKey(show, poll, key) {
      if (!keys.has(nameOf(show, poll))) keys.set(nameOf(show, poll), key)
    },
    forgetVoterKey: async (show, poll) => void keys.delete(nameOf(show, poll)),
    signingKeys: async () => [...signing.values()].sort((a, b) => a.from - b.from),
    async replaceSigningKey(before, key, entry) {
      if (signing.get(key.from)?.jwk !== before.jwk) return false
      signing.set(key.from, { ...key })
      if (entry !== undefined) note('', entry)
      return true
    },
    async saveSigningKey(key, entry) {
      if (signing.has(key.from)) return
      signing.set(key.from, { ...key })
      if (entry !== undefined) note('', entry)
    },
    async saveSuspects(written) {
      for (const one of structuredClone(written)) {
        const name = nameOf(one.show, one.poll)
        const all = suspects.get(name) ?? []
        const before = all.find(
          ({ watch, suspect }) => watch === one.watch && suspect.cohort === one.suspect.cohort,
        )
        if (before !== undefined && before.suspect.quarantined > one.suspect.quarantined) continue
        const others = all.filter((each) => each !== before)
        suspects.set(name, [...others, one].sort(byQuarantined).slice(0, SUSPECTS_MAX))
      }
    },
    suspects: async (show, poll) => (suspects.get(nameOf(show, poll)) ?? []).map(({ suspect }) => suspect),
    async saveRequest(request, { replaces, entry }) {
      const known = requests.get(nameOf(request.show, request.poll))
      if (known?.request !== replaces?.request) return false
      if ((known?.decided === undefined) !== (replaces?.decided === undefined)) return false
      requests.set(nameOf(request.show, request.poll), structuredClone(request))
      note(request.show, entry)
      return true
    },
    requests: async (show) =>
      structuredClone([...requests.values()].filter((each) => each.show === show)).sort((a, b) =>
        a.poll < b.poll ? -1 : 1,
      ),
    async decideRequest(request, entry) {
      const known = requests.get(nameOf(request.show, request.poll))
      if (known?.request !== request.request || known.decided !== undefined) return false
      requests.set(nameOf(request.show, request.poll), structuredClone(request))
      note(request.show, entry)
      return true
    },
    certificate: async (show, poll) => certificates.get(nameOf(show, poll)),
    async saveLeaves(show, poll, written) {
      const all = [...chunks(show, poll)]
      for (const leaf of written)
        if ((all[leaf.chunk]?.hashes.length ?? 0) <= leaf.hashes.length)
          all[leaf.chunk] = structuredClone(leaf)
      leaves.set(nameOf(show, poll), all)
    },
    leafIndex: async (show, poll) => chunks(show, poll).map(({ from, to, root }) => ({ from, to, root })),
    leaves: async (show, poll, chunk) => chunks(show, poll)[chunk],
  }
}

const byQuarantined = (a: StoredSuspect, b: StoredSuspect): number =>
  b.suspect.quarantined - a.suspect.quarantined || (a.suspect.cohort < b.suspect.cohort ? -1 : 1)
