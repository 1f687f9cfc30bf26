import type { LogFault, LogState } from '../../../sdk/src/heads/index.ts'
import type { Key, Words } from '../../words/words.ts'

/** Who has witnessed the ballots of a sealed poll. */
const witnessWords = (witnesses: readonly string[], { say, list }: Words): string =>
  witnesses.length === 0
    ? say('witnessNone')
    : say('witnesses', { n: witnesses.length, names: list(witnesses) })

/** What is wrong with a poll's log of ballots; empty if nothing is. */
function wrongWords(log: LogState, { say }: Words): string {
  if (log.state === 'stopped') return say('logStopped')
  return log.state === 'wrong' ? `${say(LOG_FAULTS[log.fault])} ${say('logKept')}` : ''
}

const LOG_FAULTS: Record<LogFault, Key> = {
  shrunk: 'logShrunk',
  forked: 'logForked',
  missing: 'logMissing',
  certificate: 'logCertificate',
}

/** What a page says about a poll's log of ballots; an empty text is not shown. */
export interface LogWords {
  state: LogState['state']
  wrong: string
  seen: string
}

export const logWords = (log: LogState, words: Words): LogWords => ({
  state: log.state,
  wrong: wrongWords(log, words),
  seen: log.state === 'sealed' ? witnessWords(log.witnesses, words) : '',
})
