import type { Random } from '../../../load/random.ts'
import type { Answer, Ballot, BallotPlace, Poll } from '../../../protocol/polls.ts'

const OPENS = 1_795_349_712_000
const CLOSES = OPENS + 400
const GRACE_MS = 200

/** A log that honest processes can have written, and the poll that it is of. */
export interface LegalLog {
  poll: Poll
  records: { ballot: Ballot; place: BallotPlace }[]
}

/** What one ingest knows: the log up to here, in each partition, and what it wrote itself. */
interface Writer {
  producer: string
  sequence: number
  read: number[]
  /** Its clock against the true one. */
  skewMs: number
}

/**
 * A poll's log as two ingests write it who hear of each other late: voters who come to both in one moment, change, are
 * late, in quarantine at one and not at the other; records that are written twice, or long after they were refused; ingests
 * that start again; clocks that are off, and set.
 */
export function legalLog(random: Random, name = 'mvp'): LegalLog {
  const below = (n: number) => Math.floor(random() * n)
  const chance = (p: number) => random() < p
  const change = chance(0.7)
  const partitions = 1 + below(3)
  const records: LegalLog['records'] = []
  const ends = Array.from({ length: partitions }, () => 0)
  const newWriter = (): Writer => ({
    producer: `p${below(2 ** 32)}`,
    sequence: 0,
    read: ends.map((end) => below(end + 1)),
    skewMs: chance(0.3) ? below(100) - 50 : 0,
  })
  const writers = [newWriter(), newWriter()]
  const quarantines = [chance(0.4), chance(0.4)]
  /** Refused, as nobody confirmed them: on their way to a broker that hangs. */
  const hanging: { ballot: Ballot; partition: number }[] = []
  const voters = Array.from({ length: 1 + below(8) }, (_, i) => ({
    voter: voterOf(chance(0.7) ? 16 * i + below(16) : 0, below(16)),
    partition: below(partitions),
  })).filter(({ voter }, i, all) => all.findIndex((other) => other.voter === voter) === i)

  /** The voter's ballot that counts, as far as this writer has read. */
  function known({ voter, partition }: (typeof voters)[number], { read, producer }: Writer) {
    let newest: LegalLog['records'][number] | undefined
    for (const record of records) {
      const { ballot, place } = record
      if (ballot.voter !== voter) continue
      if (place.offset >= read[partition]! && ballot.producer !== producer) continue
      if (newest === undefined || ballot.ordinal > newest.ballot.ordinal) newest = record
    }
    return newest
  }

  function append({ ballot, partition }: { ballot: Ballot; partition: number }): void {
    records.push({ ballot, place: { partition, offset: ends[partition]!++ } })
  }

  function vote(writer: Writer, nowMs: number, isQuarantined: boolean): void {
    const who = voters[below(voters.length)]!
    const at = nowMs + writer.skewMs
    if (at < OPENS || at >= CLOSES + GRACE_MS) return
    // A change is taken once the log is read up to the answer that it replaces.
    if (change && known(who, writer) !== undefined) writer.read[who.partition] = ends[who.partition]!
    const before = known(who, writer)?.ballot
    if (before !== undefined && !change) return
    const answer = ANSWERS[below(ANSWERS.length)]!
    const taken = {
      ballot: {
        show: 'final',
        poll: name,
        producer: writer.producer,
        sequence: writer.sequence,
        batch: writer.sequence,
        size: 1,
        ballot: `${name}-${records.length + hanging.length}`,
        voter: who.voter,
        segment: ['', 'home', 'away'][below(3)]!,
        choice: answer.choice,
        points: answer.points,
        at,
        late: at >= CLOSES || before?.late === true,
        quarantined: isQuarantined || before?.quarantined === true,
        ordinal: (before?.ordinal ?? 0) + 1,
        ...(before === undefined ? {} : { replaces: replacedBy(before) }),
        salt: `${below(2 ** 32)}`,
        markSalt: `${below(2 ** 32)}`,
      },
      partition: who.partition,
    }
    if (chance(0.1)) hanging.push(taken)
    else append(taken)
    writer.sequence++
  }

  let nowMs = OPENS
  for (let step = below(60); step > 0; step--) {
    nowMs += below(30)
    const i = below(2)
    const writer = writers[i]!
    const kind = random()
    if (kind < 0.6) vote(writer, nowMs, quarantines[i]! && chance(0.5))
    else if (kind < 0.8) writer.read = writer.read.map((read, p) => read + below(ends[p]! - read + 1))
    else if (kind < 0.9) repeat()
    else if (kind < 0.93) writers[i] = newWriter()
    else if (kind < 0.97 && hanging.length > 0) append(hanging.splice(below(hanging.length), 1)[0]!)
    else writer.skewMs = below(100) - 50
  }

  /** An append that was not confirmed is sent again: the same bytes, before anything newer of its producer. */
  function repeat(): void {
    const { ballot, place } = records.at(-1) ?? {}
    if (ballot !== undefined) append({ ballot, partition: place!.partition })
  }

  records.sort((a, b) => a.place.partition - b.place.partition || a.place.offset - b.place.offset)
  return { poll: { ...POLL, poll: name, change }, records }
}

/** Some begin with the same sixteen bytes: the text is the voter, and its last character says four bits more. */
const voterOf = (byte: number, rest: number): string =>
  Buffer.alloc(17, byte)
    .fill(rest << 4, 16)
    .toString('base64url')
    .slice(0, 22)

const ANSWERS: Answer[] = [
  { choice: ['anna'], points: [1] },
  { choice: ['ben'], points: [4] },
  { choice: ['anna', 'cleo'], points: [7, 3] },
]

const replacedBy = ({ ballot, segment, choice, points }: Ballot) => ({ ballot, segment, choice, points })

const POLL: Poll = {
  show: 'final',
  poll: 'mvp',
  question: 'Who was the best?',
  choices: ['anna', 'ben', 'cleo'].map((choice) => ({ choice, title: choice })),
  kind: 'points',
  max: 10,
  change: true,
  visibility: 'live',
  opens: OPENS,
  closes: CLOSES,
  graceMs: GRACE_MS,
  countLate: true,
  countQuarantined: false,
  version: 3,
}
