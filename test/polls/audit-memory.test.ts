import { heapStats } from 'bun:jsc'
import { expect, test } from 'bun:test'
import { auditPoll } from '../../cli/audit/audit.ts'
import type { AuditSource } from '../../cli/audit/source.ts'
import { leafHash } from '../../engine/polls/merkle.ts'
import { statementOf } from '../../engine/polls/receipts.ts'
import { type Ballot, leafText } from '../../protocol/polls.ts'
import { ballots as records } from '../../protocol/records/ballots.ts'
import { sha256 } from '../../services/sha256.ts'

const FROM = 2000
const TO = 24_000
const PER_CHUNK = 256
/** Of 44 at most, and all else that a test process keeps. */
const BYTES_MAX = 70

const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
const rules = { show: 'final', poll: 'mvp', kind: 'one', question: '?', max: 1, change: false, choices }
const poll = { ...rules, opens: 1, sealed: 3, graceMs: 0, countLate: false, countQuarantined: false }
const paper = 'paper'
const marked = { viewers: 0, counted: false }
const statement = { paper, result: {}, segments: {}, late: marked, quarantined: marked }

const ballotAt = (offset: number): Ballot => ({
  ...{ show: 'final', poll: 'mvp', producer: 'ingest', sequence: offset, batch: offset, size: 1 },
  ...{
    ballot: `ballot-${offset}`,
    voter: `${Buffer.from(sha256(`${offset}`))
      .toString('base64url')
      .slice(0, 21)}A`,
  },
  ...{ segment: '', choice: [offset % 3 === 0 ? 'ben' : 'anna'], points: [1], at: 2 },
  ...{ late: false, quarantined: false, ordinal: 1, salt: 'salt', markSalt: 'mark' },
})

/** What the process keeps. */
function keptBytes(): number {
  Bun.gc(true)
  return heapStats().heapSize
}

test('an audit keeps some forty bytes of each voter, also of a log that lost a ballot', async () => {
  const kept: number[] = []
  const source: AuditSource = {
    poll: async () => JSON.stringify(poll),
    certificate: async () => JSON.stringify({ statement, kid: '', signature: '' }),
    async *leaves() {
      for (let from = 0; from < TO; from += PER_CHUNK) {
        const ballots = Array.from({ length: Math.min(PER_CHUNK, TO - from) }, (_, i) => ballotAt(from + i))
        const leafOf = (ballot: Ballot) => {
          const place = { partition: 0, offset: ballot.sequence }
          return leafHash(sha256, leafText(statementOf(sha256, ballot, { place, paper })))
        }
        yield { ballots: ballots.map(({ ballot }) => ballot), hashes: Buffer.concat(ballots.map(leafOf)) }
      }
    },
    async *trail() {},
    head: async () => undefined,
    keys: async () => [],
    async *rows(topic) {
      for (let offset = 1; topic === 'ballots' && offset < TO; offset++) {
        const ballot = ballotAt(offset)
        yield [{ partition: 0, offset, ...records.encode(ballot) }]
        if (offset === FROM || offset === TO - 1) kept.push(keptBytes())
      }
    },
    embedded: true,
  }
  const { findings, count } = await auditPoll(source, 'final', 'mvp')
  expect(
    findings.filter(({ what }) => what !== 'differs').map((finding) => [finding.what, finding.position]),
  ).toEqual([
    ['dropped', undefined],
    ['dropped', 0],
  ])
  expect(count.result).toEqual({ anna: 16_000, ben: 7_999 })
  expect((kept[1]! - kept[0]!) / (TO - FROM)).toBeLessThan(BYTES_MAX)
})
