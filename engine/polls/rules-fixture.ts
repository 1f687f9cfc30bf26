import type { PollRules } from '../../protocol/polls.ts'

/** Rules for tests in which they do not matter: one of two choices, the first answer counts, counts are visible. */
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
