import { type Poll, type PollState, rankOf, stateOf } from '../../protocol/polls.ts'
import { type Show, showStateOf } from '../../protocol/show.ts'
import type { WebhookBody, WebhookEvent } from '../../protocol/webhooks.ts'

/** A single event of a show, identified by its type, show and poll. */
export interface ShowEvent {
  type: WebhookEvent
  at: number
  show: string
  /** Empty: it belongs to the whole show. */
  poll: string
  /** When it happened, for events that can happen more than once: then part of its identity. */
  moment?: number
  data: WebhookBody['data']
}

/**
 * All events of a show and its polls up to `now`. They follow from the current documents, so a reader who missed versions, or
 * returns after a while, finds the same events.
 */
export const eventsOf = (show: Show, polls: readonly Poll[], now: number): ShowEvent[] => [
  ...showEvents(show, now),
  ...polls.flatMap((poll) => pollEvents(show, poll, now)),
]

/** Marks rehearsals, so that nobody takes their votes for real ones. */
export const dataOf = ({ show, title, rehearsal, run }: Show): WebhookBody['data'] => ({
  ...{ show, title },
  ...(rehearsal && { rehearsal, run: run ?? 1 }),
})

function showEvents(show: Show, now: number): ShowEvent[] {
  const event = (type: WebhookEvent, at: number | undefined): ShowEvent[] =>
    at === undefined ? [] : [{ type, at, show: show.show, poll: '', data: dataOf(show) }]
  const end = showStateOf(show, now) === 'ended' ? (show.ended ?? show.ends) : undefined
  const starts = [show.started, show.starts].filter((time) => time !== undefined && time <= (end ?? now))
  const start = starts.length === 0 ? undefined : Math.min(...(starts as number[]))
  return [...event('show.started', start), ...event('show.ended', end)]
}

function pollEvents(of: Show, poll: Poll, now: number): ShowEvent[] {
  const rank = rankOf(stateOf(poll, now))
  const { show } = of
  const { opens, closes, reveals, revealed = reveals, sealed, code } = poll
  const step = (state: PollState, type: WebhookEvent, at: number | undefined, more = {}) =>
    rank < rankOf(state) || at === undefined
      ? []
      : [
          {
            type,
            at,
            show,
            poll: poll.poll,
            data: { ...dataOf(of), poll: poll.poll, question: poll.question, ...more },
          },
        ]
  return [
    ...step('open', 'poll.opened', opens),
    ...step('closed', 'poll.closed', closes),
    ...step('revealed', 'poll.revealed', revealed),
    ...step('sealed', 'poll.sealed', sealed, code === undefined ? {} : { code }),
  ]
}
