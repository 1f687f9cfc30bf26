import type { Clock } from '../../adapters/clock/clock.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { Poll } from '../../protocol/polls.ts'
import { runInPacket } from '../../protocol/runs.ts'
import { pollTopic } from '../../protocol/topics.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { PollDesk } from './desk.ts'

export interface PollPublisher {
  counters: { packets: number }
  /** Publishes the final state of every poll, then stops. Drain the desk before. */
  drain(): void
}

/** An empty value removes the retained one [MQTT-3.3.1-6]: a new subscriber receives nothing about a wiped poll. */
const WIPED = ''

/**
 * Publishes what everybody may know of every poll: one retained packet a poll, at most every `everyMs` milliseconds and at once
 * when a producer changes it. Its version says whether it is new.
 * @param options.newestHead The newest head of a poll's tree. Default: none.
 * @param options.works Whether this deliver is the active one; exactly one should be.
 */
export function startPollPublisher({
  desk,
  pubsub,
  directory,
  clock,
  everyMs,
  newestHead = () => undefined,
  works = () => true,
}: {
  desk: PollDesk
  pubsub: PubSub
  directory: ShowDirectory
  clock: Clock
  everyMs: number
  newestHead?: (show: string, poll: string) => string | undefined
  works?: () => boolean
}): PollPublisher {
  const counters = { packets: 0 }
  const told = new Map<string, string>()
  const bytes = new TextEncoder()
  let cancelTick = () => {}
  let drained = false

  function tell({ show, poll, wiped }: Poll): void {
    if (drained || !works()) return
    const topic = pollTopic(show, poll)
    if (wiped !== undefined) {
      if (told.get(topic) === WIPED) return
      told.set(topic, WIPED)
      pubsub.publish({ topic, payload: new Uint8Array(), retain: true })
      return
    }
    const packet = desk.packet(show, poll)
    if (packet === undefined) return
    const head = newestHead(show, poll)
    // A head follows the count a moment later, and is then published, too.
    const news = `${packet.version} ${head}`
    if (news === told.get(topic)) return
    told.set(topic, news)
    counters.packets++
    const run = runInPacket(directory.find(show)?.show ?? {})
    const payload = bytes.encode(JSON.stringify({ ...packet, ...(head && { head }), ...run }))
    pubsub.publish({ topic, payload, retain: true })
  }

  function tellAll(): void {
    for (const show of directory.shows()) for (const { poll } of directory.everyPoll(show)) tell(poll)
  }

  function tick(): void {
    cancelTick = clock.after(everyMs, tick)
    tellAll()
  }

  /** A producer's decision takes effect a moment after it is known; it is published at that moment, not a tick later. */
  function tellOnTime(poll: Poll): void {
    const now = clock.now()
    for (const at of [poll.opens, poll.closes, poll.revealed, poll.sealed]) {
      if (at !== undefined && at > now && at - now < everyMs) clock.after(at - now, () => tell(poll))
    }
  }

  const unfollow = directory.followPolls(({ poll }) => {
    tell(poll)
    tellOnTime(poll)
  })
  // A broker that is reachable again may have lost its memory.
  const forgetPubSub = pubsub.onState((state) => {
    if (state === 'down') return
    told.clear()
    tellAll()
  })
  tick()

  return {
    counters,
    drain() {
      cancelTick()
      forgetPubSub()
      unfollow()
      tellAll()
      drained = true
    },
  }
}
