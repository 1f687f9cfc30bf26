import type { LogFault, LogState } from '../../../sdk/src/heads/index.ts'

/** Who else has seen the ballots of a sealed poll. */
function witnessWords(witnesses: readonly string[]): string {
  const [one] = witnesses
  if (one === undefined) return 'No independent witness has seen it.'
  const names = witnesses.join(', ')
  return witnesses.length === 1
    ? `Seen by 1 independent witness: ${names}.`
    : `Seen by ${witnesses.length} independent witnesses: ${names}.`
}

/** What is wrong with a poll's log of ballots; empty where nothing is. */
function wrongWords(log: LogState): string {
  if (log.state === 'stopped')
    return 'The server has not shown for a minute that the new votes are kept. They may be on their way.'
  return log.state === 'wrong' ? `${LOG_FAULTS[log.fault]} This browser has kept what the server signed.` : ''
}

const LOG_FAULTS: Record<LogFault, string> = {
  shrunk: 'Something is wrong: ballots that the server had are gone.',
  forked: 'Something is wrong: the ballots are not those that the server showed before.',
  missing: 'Something is wrong: your ballot is not among those that the server shows.',
  certificate: 'Something is wrong: the sealed result is not of the ballots that the server showed.',
}

/** What a page says of a poll's log of ballots; an empty text is not shown. */
export interface LogWords {
  state: LogState['state']
  wrong: string
  seen: string
}

export const logWords = (log: LogState): LogWords => ({
  state: log.state,
  wrong: wrongWords(log),
  seen: log.state === 'sealed' ? witnessWords(log.witnesses) : '',
})
