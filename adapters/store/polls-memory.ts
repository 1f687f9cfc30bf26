import type { Certificate, Poll } from '../../protocol/polls.ts'
import type { AuditEntry, LeafChunk, PollStore, StoredSigningKey } from './polls.ts'

/** Lasts as long as the process. Unbounded in its audit trail: for tests and demonstrations. */
export function memoryPollStore(): PollStore {
  const polls = new Map<string, Poll>()
  const keys = new Map<string, Uint8Array>()
  const signing = new Map<number, StoredSigningKey>()
  const trails = new Map<string, AuditEntry[]>()
  const certificates = new Map<string, { certificate: Certificate; leaves: LeafChunk[] }>()
  const nameOf = (show: string, poll: string) => `${show}/${poll}`
  const note = (show: string, entry: AuditEntry) =>
    void trails.set(show, [...(trails.get(show) ?? []), structuredClone(entry)])
  const chunks = (show: string, poll: string) => certificates.get(nameOf(show, poll))?.leaves ?? []
  return {
    all: async () => structuredClone([...polls.values()]),
    async save(poll, entry) {
      polls.set(nameOf(poll.show, poll.poll), structuredClone(poll))
      note(poll.show, entry)
    },
    trail: async (show, count) => (trails.get(show) ?? []).slice(-count).reverse(),
    record: async (show, entry) => note(show, entry),
    voterKey: async (show, poll) => keys.get(nameOf(show, poll)),
    async saveVoterKey(show, poll, key) {
      if (!keys.has(nameOf(show, poll))) keys.set(nameOf(show, poll), key)
    },
    forgetVoterKey: async (show, poll) => void keys.delete(nameOf(show, poll)),
    signingKeys: async () => [...signing.values()].sort((a, b) => a.from - b.from),
    async saveSigningKey(key) {
      if (!signing.has(key.from)) signing.set(key.from, { ...key })
    },
    async saveCertificate(certificate, leaves) {
      const name = nameOf(certificate.statement.show, certificate.statement.poll)
      if (certificates.has(name)) throw new Error(`${name} has a certificate`)
      certificates.set(name, structuredClone({ certificate, leaves }))
    },
    certificate: async (show, poll) => certificates.get(nameOf(show, poll))?.certificate,
    leafRoots: async (show, poll) => chunks(show, poll).map(({ root }) => root),
    leavesAt: async (show, poll, at) => chunks(show, poll).filter(({ from, to }) => from <= at && at <= to),
  }
}
