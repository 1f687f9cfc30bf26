import type { PollRules } from '../../protocol/polls.ts'

/** What tests decide of a poll where it does not matter: one of two choices, the first answer counts, everybody sees counts. */
export const RULES: PollRules = {
  question: 'Who was the best?',
  choices: ['anna', 'ben'].map((choice) => ({ choice, title: choice })),
  kind: 'one',
  max: 1,
  change: false,
  visibility: 'live',
  graceMs: 0,
  countLate: true,
  countQuarantined: false,
}
