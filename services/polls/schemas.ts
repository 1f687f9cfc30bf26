import * as v from 'valibot'
import { ADDRESS_LENGTH_MAX, CHOICES_MAX, GRACE_MS_MAX, POINTS_MAX } from '../../protocol/limits.ts'
import {
  type Answer,
  type Choice,
  type Poll,
  type PollDocument,
  type PollState,
  type Receipt,
  VOTERS_MEAN,
} from '../../protocol/polls.ts'
import {
  component,
  count,
  counts,
  flag,
  hash,
  id,
  moment,
  named,
  text,
  time,
  whole,
} from '../http/call/schemas.ts'
import { words } from '../http/call/words.ts'

/** The reason for a decision. */
export const REASON = words
export const uuid = v.pipe(text, v.uuid('is not a UUID'))
/** A signed head of two ballots. */
export const EXAMPLE_HEAD =
  'roar/final/mvp\n2\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— roar/final/mvp Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n'
/** The siblings of an inclusion proof, from the leaf up. */
export const path = { index: count, size: count, path: v.array(hash) }

const ChoiceSchema = component<Choice>()(
  'Choice',
  v.strictObject({
    choice: id,
    title: words,
    image: v.exactOptional(
      v.pipe(
        text,
        v.maxLength(ADDRESS_LENGTH_MAX, `is longer than ${ADDRESS_LENGTH_MAX} characters`),
        v.check(isOnServer, 'is no address on this server, such as /media/anna.webp'),
        v.description('A picture’s address, relative to the server'),
      ),
    ),
  }),
)

/**
 * Whether the address stays on this server, as a browser resolves it: no other server, and nothing invalid. `https:host` only
 * refers to this server from a page of the same scheme.
 */
function isOnServer(given: string): boolean {
  const servers = ['http://server.invalid', 'https://server.invalid']
  const isAddress = /^[!-~]+$/.test(given) && !given.includes('\\')
  return isAddress && servers.every((server) => URL.parse(given, server)?.origin === server)
}

/** A poll's rules, decided by a producer. */
export const RULES = {
  question: words,
  choices: v.pipe(
    v.array(ChoiceSchema, 'is not an array'),
    v.minLength(2, 'needs at least 2 entries'),
    v.maxLength(CHOICES_MAX, `has more than ${CHOICES_MAX} entries`),
  ),
  kind: v.picklist(['one', 'several', 'points'], 'is not one, several or points'),
  max: v.pipe(whole(1, POINTS_MAX), v.description('Choices of several, points to split')),
  change: v.pipe(flag, v.description('False: the first answer counts. True: the last one')),
  visibility: v.pipe(
    v.picklist(['live', 'voted', 'closed', 'revealed'], 'is not live, voted, closed or revealed'),
    v.description('Who sees counts, and from when'),
  ),
  opens: moment,
  closes: moment,
  reveals: moment,
  seals: moment,
  graceMs: v.pipe(whole(0, GRACE_MS_MAX), v.description('How long late votes are accepted')),
  countLate: flag,
  countQuarantined: flag,
  answer: v.pipe(
    v.array(id, 'is not an array'),
    v.maxLength(CHOICES_MAX),
    v.description('The right choices; viewers see them once the poll is revealed'),
  ),
  publish: v.pipe(
    flag,
    v.description('Whether all ballots are published once its voters are forgotten; absent: yes'),
  ),
  voters: v.pipe(
    v.picklist(['signed-in', 'guests', 'verified'], 'is not signed-in, guests or verified'),
    v.description(
      Object.entries(VOTERS_MEAN)
        .map(([voters, means]) => `${voters}: ${means}`)
        .join(' '),
    ),
  ),
}

const STATES = ['draft', 'open', 'closed', 'revealed', 'sealed'] as const satisfies PollState[]
const { opens, closes, reveals, seals, answer, voters, publish, ...required } = RULES
const pollFields = {
  show: id,
  poll: id,
  ...required,
  opens: v.exactOptional(opens),
  closes: v.exactOptional(closes),
  reveals: v.exactOptional(reveals),
  seals: v.exactOptional(seals),
  answer: v.exactOptional(answer),
  voters: v.exactOptional(voters),
  publish: v.exactOptional(publish),
  state: v.picklist(STATES),
  code: v.exactOptional(v.pipe(text, v.description('The short code of its certificate'))),
  version: v.pipe(count, v.description('Grows with every change')),
}
const segments = v.record(v.string(), named('SegmentResult', v.object({ ballots: count, counts })))
/** A result in the form of poll documents. */
export const result = named('Result', v.object({ ballots: count, counts, segments }))

const AnswerSchema = component<Answer>()(
  'Answer',
  v.object({ choice: v.array(id), points: v.array(whole(1, POINTS_MAX)) }),
)

export const ReceiptSchema = component<Receipt>()(
  'Receipt',
  v.object({
    show: id,
    poll: id,
    ballot: uuid,
    ordinal: v.pipe(count, v.description('1 for a viewer’s first answer, one more with each change')),
    at: time,
    late: flag,
    paper: hash,
    mark: hash,
    place: v.object({ partition: count, offset: count }),
    commitment: hash,
    answer: AnswerSchema,
    segment: text,
    voter: text,
    salt: text,
    proof: v.object({ ...path, kid: text, signature: hash }),
  }),
)

/** A poll as producers see it. */
export const StudioPoll = component<Omit<Poll, 'wiped'> & { state: PollState }>()(
  'StudioPoll',
  v.object({
    ...pollFields,
    revealed: v.exactOptional(time),
    sealing: v.exactOptional(v.pipe(time, v.description('When its seal began: no vote is let in any more'))),
    sealed: v.exactOptional(time),
    reached: v.exactOptional(
      v.pipe(v.picklist(STATES), v.description('The furthest state that it was seen in')),
    ),
    forgotten: v.exactOptional(v.pipe(time, v.description('When the key of its voters was deleted'))),
  }),
)

export const PollSchema = component<PollDocument>()(
  'Poll',
  v.object({
    ...pollFields,
    ballots: v.pipe(count, v.description('Viewers whose answer is in the result')),
    counts: v.exactOptional(v.pipe(counts, v.description('Absent while the poll hides them'))),
    segments: v.exactOptional(segments),
    mine: v.exactOptional(ReceiptSchema),
  }),
)

export const EXAMPLE_RULES = {
  question: 'Player of the match?',
  choices: [
    { choice: 'anna', title: 'Anna' },
    { choice: 'ben', title: 'Ben' },
  ],
}
export const EXAMPLE_POLL: Poll & { state: PollState } = {
  show: 'final',
  poll: 'mvp',
  ...EXAMPLE_RULES,
  kind: 'one',
  max: 1,
  change: false,
  visibility: 'closed',
  graceMs: 0,
  countLate: true,
  countQuarantined: false,
  voters: 'signed-in',
  state: 'open',
  opens: 1_795_349_712_000,
  version: 2,
}
const HASH = 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'
export const EXAMPLE_RECEIPT: Receipt = {
  show: 'final',
  poll: 'mvp',
  ballot: '019ac1f2-5c00-7d3e-9a71-0c5b8f6e2d14',
  ordinal: 1,
  at: 1_795_349_713_000,
  late: false,
  paper: HASH,
  mark: HASH,
  place: { partition: 0, offset: 41 },
  commitment: HASH,
  answer: { choice: ['anna'], points: [1] },
  segment: 'home',
  voter: 'q83vEjRWeJCrze8SNFZ4kA',
  salt: 'c2FsdHNhbHRzYWx0c2FsdA',
  proof: { index: 0, size: 2, path: [HASH], kid: 'k1', signature: `${HASH}${HASH}` },
}
