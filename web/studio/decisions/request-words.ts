import type { DecisionRequest } from '../../../protocol/decisions.ts'

/** The requested action, to follow "to": `seal the result`. */
export function requestWords({ action, changes = {} }: Pick<DecisionRequest, 'action' | 'changes'>): string {
  if (action === 'seal') return 'seal the result'
  if (action === 'one-approval') return 'let one person decide in this show'
  const { countQuarantined, countLate, answer } = changes
  return [
    countQuarantined !== undefined && `${countQuarantined ? 'count' : 'leave out'} the quarantine`,
    countLate !== undefined && `${countLate ? 'count' : 'leave out'} late votes`,
    answer !== undefined && `make ${answer.join(', ')} the right answer`,
  ]
    .filter(Boolean)
    .join(' and ')
}
