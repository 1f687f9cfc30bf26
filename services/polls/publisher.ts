import type { Clock } from '../../adapters/clock/clock.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { Poll } from '../../protocol/polls.ts'
import { runInPacket } from '../../protocol/runs.ts'
import { pollTopic } from '../../protocol/topics.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { PollDesk } from './desk.ts'

export interface PollPublisher {
  counters: { packets: number }
  /** Says the last of every poll, then stops. The desk takes in what is left before. */
  drain(): void
}

/** An empty value is kept by nobody [MQTT-3.3.1-6]: who comes now hears nothing of a poll that was wiped. */
const WIPED = ''

/**
 * Tells everybody what they may know of every poll: one retained packet a poll, at most every `everyMs` milliseconds and
 * at once when a producer changes it. Its version says whether it is new.
 * @param options.newestHead Of the tree of a poll's ballots. Default: there are none.
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
    // A head comes a moment after the count, and is told when it is there.
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

  /** What a producer decides holds a moment later than it is known; then it is told too, and not a tick after. */
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
  // A broker that is there again may have lost its memory.
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
