import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import { isRetryable } from '../../protocol/errors.ts'
import { type Poll, stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { PollDesk } from './desk.ts'
import { HEAD_EVERY_MS, type PollHeads } from './heads.ts'

/**
 * Polls whose heads are kept current, those that opened last: each needs its tree in memory, and others need room for requests.
 * Further polls get a head on request.
 */
const KEPT_MAX = 6

/**
 * Keeps the heads of polls current while they accept votes, so that each poll's packet has one without a request.
 * @param options.after No head is made before this: a tree of millions is read from the log, which votes must not wait for.
 * Default: from the start.
 * @param options.works Whether this deliver is the active one; exactly one should be.
 * @returns a function that stops, after the head in progress
 */
export function keepHeads({
  heads,
  desk,
  directory,
  clock,
  logger,
  after,
  works,
}: {
  heads: Pick<PollHeads, 'of'>
  desk: Pick<PollDesk, 'tally'>
  directory: Pick<ShowDirectory, 'shows' | 'polls'>
  clock: Clock
  logger: Logger
  after?: Promise<void>
  works: () => boolean
}): () => Promise<void> {
  /** The count and state that a poll's newest head covers. */
  const headed = new Map<string, string>()
  /** Polls whose head could not be made, so that it is logged once: at most one entry for each poll. */
  const waiting = new Set<string>()
  let cancel = () => {}
  let inHand: Promise<void> | undefined

  const nameOf = ({ show, poll }: Poll): string => `${show}/${poll}`
  const newsOf = ({ show, poll, sealed }: Poll): string =>
    `${desk.tally(show, poll).version} ${sealed !== undefined}`
  const hasNews = (poll: Poll): boolean => headed.get(nameOf(poll)) !== newsOf(poll)

  /** Polls with new ballots, or sealed, since their newest head. */
  function due(): Poll[] {
    const polls = directory.shows().flatMap((show) => directory.polls(show).map(({ poll }) => poll))
    return (
      polls
        .filter(
          (poll) => stateOf(poll, clock.now()) !== 'draft' && desk.tally(poll.show, poll.poll).version > 0,
        )
        // A sealed poll with its last head needs no further one.
        .filter((poll) => poll.sealed === undefined || (headed.has(nameOf(poll)) && hasNews(poll)))
        .toSorted((a, b) => (b.opens ?? 0) - (a.opens ?? 0))
        .slice(0, KEPT_MAX)
        .filter(hasNews)
    )
  }

  async function keep(): Promise<void> {
    for (const poll of due()) {
      const name = nameOf(poll)
      const news = newsOf(poll)
      try {
        await heads.of(poll)
        waiting.delete(name)
      } catch (cause) {
        // Once for each outage, however often it is retried; a fault that retrying cannot fix is left until there are more
        // ballots.
        if (!waiting.has(name)) logger.warn({ err: cause, poll: name }, 'the poll has no new head')
        waiting.add(name)
        if (isRetryable(cause)) continue
      }
      headed.set(name, news)
    }
  }

  let mayBegin = after === undefined
  void after?.then(() => {
    mayBegin = true
  })

  function tick(): void {
    cancel = clock.after(HEAD_EVERY_MS, tick)
    if (!mayBegin || !works()) return
    inHand ??= keep().finally(() => {
      inHand = undefined
    })
  }
  tick()
  return async () => {
    cancel()
    await inHand
  }
}
