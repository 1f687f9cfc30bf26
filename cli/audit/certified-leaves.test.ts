import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { CertifiedLeaves } from './certified-leaves.ts'
import { Findings } from './findings.ts'

interface Ballot {
  ballot: string
  hash: string
}

const hashOf = (text: string): Buffer => Buffer.alloc(32, text)

async function compared(certified: Ballot[], log: Ballot[]): Promise<Findings> {
  const findings = new Findings()
  async function* chunks() {
    for (let from = 0; from < certified.length; from += 4) {
      const chunk = certified.slice(from, from + 4)
      const hashes = Buffer.concat(chunk.map(({ hash }) => hashOf(hash)))
      yield { ballots: chunk.map(({ ballot }) => ballot), hashes }
    }
  }
  const leaves = new CertifiedLeaves(chunks())
  const logged = log.map(({ ballot, hash }, offset) => ({ ballot, hash: hashOf(hash), partition: 0, offset }))
  for (let from = 0; from < logged.length; from += 3) await leaves.compare(logged.slice(from, from + 3))
  await leaves.end(findings)
  return findings
}

/** With both sides known, whole: what is said of them however they come. */
function expected(certified: Ballot[], log: Ballot[]): string[] {
  const has = (side: Ballot[], id: string) => side.some(({ ballot }) => ballot === id)
  const place = (side: Ballot[], other: Ballot[], id: string) =>
    side.filter(({ ballot }) => has(other, ballot)).findIndex(({ ballot }) => ballot === id)
  const ofCertificate = certified.flatMap(({ ballot, hash }) => {
    const now = log.find((leaf) => leaf.ballot === ballot)
    if (now === undefined) return `dropped ${ballot}`
    if (now.hash === hash) return []
    const moved = place(certified, log, ballot) !== place(log, certified, ballot)
    return `${moved ? 'moved' : 'changed'} ${ballot}`
  })
  const added = log.filter(({ ballot }) => !has(certified, ballot)).map(({ ballot }) => `added ${ballot}`)
  return [...ofCertificate, ...added]
}

/** Some ballots in some order, some of them with another hash than on the other side. */
const side = fc
  .shuffledSubarray(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])
  .chain((ids) =>
    fc
      .array(fc.constantFrom('1', '2'), { minLength: ids.length, maxLength: ids.length })
      .map((hashes) => ids.map((ballot, i): Ballot => ({ ballot, hash: hashes[i]! }))),
  )

test('ballots that were dropped, added, changed and moved are named as if both sides were known as a whole', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, async (certified, log) => {
      const { named } = await compared(certified, log)
      expect(named.map(({ what, ballot }) => `${what} ${ballot}`)).toEqual(expected(certified, log))
    }),
    { numRuns: 500 },
  )
})

test('of a log of which nothing is as it was the first place is named, and not each of its ballots', async () => {
  const ballots = (hash: string) => Array.from({ length: 100_003 }, (_, i) => ({ ballot: `b${i}`, hash }))
  const [certified, log] = [ballots('1'), ballots('2')]
  log[0] = certified[0]!
  const { named, unnamed } = await compared(certified, log)
  expect([named.map(({ what, position }) => [what, position]), unnamed]).toEqual([[['differs', 1]], 0])
})

test('more findings than can be read are counted', () => {
  const findings = new Findings()
  findings.push({ what: 'differs', detail: 'one' })
  findings.pushEach(5, 30_000_005, (offset) => ({ what: 'dropped', offset, detail: 'gone' }))
  findings.push({ what: 'differs', detail: 'another' })
  expect([findings.named.length, findings.named[1]!.offset, findings.count]).toEqual([10_000, 5, 30_000_002])
})
