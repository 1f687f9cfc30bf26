import { stateOf, votesEndOf } from '../../../protocol/polls.ts'
import type { StudioPoll } from '../api/queries.ts'

export type StepName = 'open' | 'close' | 'reveal' | 'seal'

/** The one thing to do next with a poll. */
export interface NextStep {
  step: StepName
  label: string
  /** What will happen, if it cannot be undone and so needs a second press. */
  consequence?: string
  /** The earliest time for it, milliseconds since 1970. */
  notBefore?: number
}

/** undefined: nothing is left to do. */
export function nextStepOf(poll: StudioPoll, now: number): NextStep | undefined {
  const state = stateOf(poll, now)
  if (state === 'draft') return { step: 'open', label: 'Open' }
  if (state === 'open')
    return {
      step: 'close',
      label: 'Close now',
      consequence: `Voting ends for everybody${graceOf(poll)}. It cannot be opened again.`,
    }
  if (state === 'closed')
    return {
      step: 'reveal',
      label: 'Reveal',
      consequence: !poll.answer?.length
        ? 'Everybody sees the result, on the stage and in the poll.'
        : 'Everybody sees the result and the right answer.',
    }
  if (state === 'revealed') {
    const end = votesEndOf(poll)
    return {
      step: 'seal',
      label: 'Seal',
      consequence: 'The certificate is made and signed. Nothing of the result changes after it.',
      ...(end > now && { notBefore: end }),
    }
  }
  return undefined
}

const graceOf = ({ graceMs }: StudioPoll): string =>
  graceMs === 0 ? '' : `, but for ${Math.round(graceMs / 1000)} s late votes are still taken`
