import type { Status } from '../../sdk/src/index.ts'
import { say } from '../words/words.ts'

/** What the dot looks like, and what stands beside it. */
export interface StatusWords {
  dot: 'live' | 'partly' | 'away' | 'failed'
  words: string
}

/** Says a connection's status in the viewer's words. @param waitedMs Time since the status began. */
export function statusWords(status: Status, waitedMs: number): StatusWords {
  switch (status.state) {
    case 'connecting':
      return { dot: 'away', words: say('connecting') }
    case 'live':
      return { dot: 'live', words: say('live') }
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

/** What to tell a viewer who sees no show at all. */
export function failureWords(status: Status, show: string): { title: string; advice: string } | undefined {
  if (status.state === 'waiting') {
    return {
      title: 'The server does not answer',
      advice: 'It is asked again by itself. Nothing to do but wait.',
    }
  }
  if (status.state !== 'failed') return undefined
  if (status.code === 'unknown_show') {
    return {
      title: `There is no show called “${show}”`,
      advice: 'Check the address, or ask whoever sent it.',
    }
  }
  if (status.code === 'unknown_segment') {
    return { title: 'The show has no such side', advice: 'Check the segment that this page asks for.' }
  }
  return { title: 'The server turned this page away', advice: `It gave the code ${status.code}.` }
}
