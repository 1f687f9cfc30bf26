/** What may differ between a certificate and what its ballots give; of the last two there is nothing to compare. */
export const DIFFERENCES = {
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
