import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import { isRetryable } from '../../protocol/errors.ts'
import { type Poll, stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { PollDesk } from './desk.ts'
import { HEAD_EVERY_MS, type PollHeads } from './heads.ts'

/**
 * Polls whose heads are kept new at once, those that opened last: each has its tree in memory, and others need room for those
 * that are asked for. Of more polls at a time the older ones have heads when somebody asks.
 */
const KEPT_MAX = 6

/**
 * Keeps the heads of polls new while they take votes, so that the packet of each has one whether or not somebody asks.
 * @param options.works Whether this deliver is the active one; exactly one should be.
 * @returns Stops, after the head in hand.
 */
export function keepHeads({
  heads,
  desk,
  directory,
  clock,
  logger,
  works,
}: {
  heads: Pick<PollHeads, 'of'>
  desk: Pick<PollDesk, 'tally'>
  directory: Pick<ShowDirectory, 'shows' | 'polls'>
  clock: Clock
  logger: Logger
  works: () => boolean
}): () => Promise<void> {
  /** Up to which count a poll has its head, and in which state. */
  const headed = new Map<string, string>()
  /** Polls whose head could not be made, so that it is logged once: at most one entry for each poll. */
  const waiting = new Set<string>()
  let cancel = () => {}
  let inHand: Promise<void> | undefined

  const nameOf = ({ show, poll }: Poll): string => `${show}/${poll}`
  const newsOf = ({ show, poll, sealed }: Poll): string =>
    `${desk.tally(show, poll).version} ${sealed !== undefined}`
  const hasNews = (poll: Poll): boolean => headed.get(nameOf(poll)) !== newsOf(poll)

  /** Those that have ballots, or were sealed, since their newest head. */
  function due(): Poll[] {
    const polls = directory.shows().flatMap((show) => directory.polls(show).map(({ poll }) => poll))
    return (
      polls
        .filter(
          (poll) => stateOf(poll, clock.now()) !== 'draft' && desk.tally(poll.show, poll.poll).version > 0,
        )
        // One that is sealed and has its last head takes nobody's place.
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
        // Once for an outage, however often it is tried; what trying again does not mend is left until there are more ballots.
        if (!waiting.has(name)) logger.warn({ err: cause, poll: name }, 'the poll has no new head')
        waiting.add(name)
        if (isRetryable(cause)) continue
      }
      headed.set(name, news)
    }
  }

  function tick(): void {
    cancel = clock.after(HEAD_EVERY_MS, tick)
    if (!works()) return
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
