/** What may differ between a certificate and the recount of its ballots; the last two leave nothing to compare. */
export const DIFFERENCES = {
  rules: 'faultRules',
  answers: 'differAnswers',
  ballots: 'differBallots',
  root: 'differRoot',
  viewers: 'differViewers',
  result: 'differResult',
  segments: 'differSegments',
  late: 'differLate',
  quarantined: 'differQuarantined',
  unreadable: 'differUnreadable',
  certificate: 'faultCertificate',
} as const
export type Difference = keyof typeof DIFFERENCES
