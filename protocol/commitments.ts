import { answerOf, type MarkOpening, type Opening, type Poll, type PollRules } from './polls.ts'
import { sortedJson } from './sorted-json.ts'

/*
 * The exact texts whose SHA-256, as base64url without padding, commit to a ballot's contents, and to what it was asked.
 *
 * A viewer's salt opens the whole commitment. The answer's salt is derived from it, and not the reverse: so a ballot's answer can
 * be published while its segment stays secret, where a segment is so small that it would identify the voter.
 */

export const answerSaltText = (salt: string): string => `roar-salt-v1\n${salt}`

export const segmentText = ({ salt, segment }: Pick<Opening, 'salt' | 'segment'>): string =>
  `roar-segment-v1\n${salt}\n${segment}`

/** @param hashed The hashes of `answerSaltText` and `segmentText`. */
export const commitmentText = (
  { voter, answer }: Pick<Opening, 'voter' | 'answer'>,
  { answerSalt, segment }: { answerSalt: string; segment: string },
): string => `roar-answer-v2\n${answerSalt}\n${voter}\n${segment}\n${answerOf(answer)}`

export const markText = ({ quarantined, markSalt }: MarkOpening): string =>
  `roar-mark-v1\n${markSalt}\n${quarantined ? 'in quarantine' : 'not in quarantine'}`

/** What a viewer votes on: it does not change once the poll is open. */
export const paperText = ({
  show,
  poll,
  question,
  choices,
  kind,
  max,
  change,
  voters,
  publish,
}: Paper): string =>
  `roar-paper-v1\n${sortedJson({ show, poll, question, choices, kind, max, change, voters, publish })}`

export type Paper = Pick<
  Poll,
  'show' | 'poll' | 'question' | 'choices' | 'kind' | 'max' | 'change' | 'voters' | 'publish'
>

/** Everything that a producer decided about a poll, as of the seal; of a sealed poll's document the same. */
export const rulesText = (poll: PollRules): string =>
  `roar-rules-v1\n${sortedJson(Object.fromEntries(Object.keys(RULES).map((rule) => [rule, poll[rule as keyof PollRules]])))}`

const RULES: Record<keyof PollRules, true> = {
  question: true,
  choices: true,
  kind: true,
  max: true,
  change: true,
  visibility: true,
  opens: true,
  closes: true,
  reveals: true,
  seals: true,
  graceMs: true,
  countLate: true,
  countQuarantined: true,
  answer: true,
  voters: true,
  publish: true,
}
