import type { Status } from '../../sdk/src/index.ts'
import type { Say } from '../words/words.ts'

/** The dot's look, and the text beside it. */
export interface StatusWords {
  dot: 'live' | 'partly' | 'away' | 'failed'
  words: string
}

/** A connection's status in words for the viewer. @param waitedMs Time since the status began. */
export function statusWords(status: Status, waitedMs: number, say: Say, isOnAir = true): StatusWords {
  switch (status.state) {
    case 'connecting':
      return { dot: 'away', words: say('connecting') }
    case 'live':
      return { dot: 'live', words: say(isOnAir ? 'live' : 'connected') }
    case 'polling':
      return { dot: 'partly', words: say('polling') }
    case 'waiting': {
      const seconds = Math.max(1, Math.ceil((status.retryInMs - waitedMs) / 1000))
      return { dot: 'away', words: say('reconnecting', { n: seconds }) }
    }
    case 'paused':
      return status.reasons.includes('offline')
        ? { dot: 'away', words: say('offline') }
        : { dot: 'partly', words: say('paused') }
    case 'draining':
    case 'closed':
      return { dot: 'failed', words: say('closed') }
    case 'failed':
      return { dot: 'failed', words: say('notConnected') }
  }
}

/** The message for a viewer who sees no show at all. */
export function failureWords(
  status: Status,
  show: string,
  say: Say,
): { title: string; advice: string } | undefined {
  if (status.state === 'waiting') return { title: say('failureAway'), advice: say('failureAwayAdvice') }
  if (status.state !== 'failed') return undefined
  const { code } = status
  if (code === 'unknown_show')
    return { title: say('failureShow', { show }), advice: say('failureShowAdvice') }
  if (code === 'unknown_segment') return { title: say('failureSide'), advice: say('failureSideAdvice') }
  return { title: say('failureTurned'), advice: say('failureTurnedAdvice', { code }) }
}
