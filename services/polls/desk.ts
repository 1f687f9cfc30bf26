import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log, StoredRecord } from '../../adapters/log/log.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { countsAreSeen } from '../../engine/polls/life.ts'
import { Tally } from '../../engine/polls/tally.ts'
import type { PollPacket } from '../../protocol/packets.ts'
import { type Poll, type PollState, stateOf, type TallyCell } from '../../protocol/polls.ts'
import { pollTopic } from '../../protocol/topics.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/** What is known of one poll: its rules, its counts, what was last told of it. */
interface Entry {
  poll: Poll | undefined
  tally: Tally
  told: number
}

/** A state's rank: a packet's version grows with it, so that a change by the clock alone is newer too. */
const RANK: Record<PollState, number> = { draft: 0, open: 1, closed: 2, revealed: 3, sealed: 4 }

export interface PollDesk {
  counters: { packets: number }
  /** What everybody may know now; undefined while the poll is a draft. */
  packet(show: string, poll: string): PollPacket | undefined
  /** The counts, whether or not they may be seen. */
  tally(show: string, poll: string): Tally
  drain(): Promise<void>
}

/**
 * Keeps the newest cells of every poll, and tells everybody what they may know: one retained packet a poll, at most
 * every `everyMs` milliseconds, with the counts where the poll's rule shows them.
 */
export function startPollDesk({
  log,
  pubsub,
  directory,
  clock,
  logger,
  everyMs,
}: {
  log: Log
  pubsub: PubSub
  directory: ShowDirectory
  clock: Clock
  logger: Logger
  everyMs: number
}): PollDesk {
  const entries = new Map<string, Entry>()
  const counters = { packets: 0 }
  const bytes = new TextEncoder()
  const text = new TextDecoder()
  let cancelTick = () => {}

  function entryOf(show: string, poll: string): Entry {
    const name = `${show}/${poll}`
    let entry = entries.get(name)
    if (entry === undefined) {
      entry = { poll: undefined, tally: new Tally(), told: 0 }
      entries.set(name, entry)
    }
    return entry
  }

  function take(batch: StoredRecord[]): void {
    for (const { value } of batch) {
      const cell = JSON.parse(text.decode(value)) as TallyCell
      entryOf(cell.show, cell.poll).tally.apply(cell)
    }
  }

  function packetOf(poll: Poll, tally: Tally): PollPacket | undefined {
    const now = clock.now()
    const state = stateOf(poll, now)
    if (state === 'draft') return undefined
    const { viewers, counts } = tally.result(poll)
    return {
      poll: poll.poll,
      state,
      ...(poll.closes === undefined ? {} : { closes: poll.closes }),
      ballots: viewers,
      ...(countsAreSeen(poll, now, { mine: false }) ? { counts } : {}),
      version: tally.version + poll.version + RANK[state],
    }
  }

  /** Tells what is new. The version says whether anything is, so nobody has to remember what changed. */
  function tell(entry: Entry): void {
    if (entry.poll === undefined) return
    const { poll, tally } = entry
    const version = tally.version + poll.version + RANK[stateOf(poll, clock.now())]
    if (version === entry.told) return
    entry.told = version
    const packet = packetOf(poll, tally)
    if (packet === undefined) return
    counters.packets++
    pubsub.publish({
      topic: pollTopic(poll.show, poll.poll),
      payload: bytes.encode(JSON.stringify(packet)),
      retain: true,
    })
  }

  function tick(): void {
    cancelTick = clock.after(everyMs, tick)
    for (const entry of entries.values()) tell(entry)
  }

  const unfollow = directory.followPolls(({ poll }) => {
    const entry = entryOf(poll.show, poll.poll)
    entry.poll = poll
    tell(entry)
  })
  const reader = log.consume('tallies', take, {
    onFault: (cause) => logger.fatal({ err: cause }, 'tallies can not be followed'),
  })
  tick()

  return {
    counters,
    packet: (show, poll) => packetOf(directory.poll(show, poll).poll, entryOf(show, poll).tally),
    tally: (show, poll) => entryOf(show, poll).tally,
    async drain() {
      cancelTick()
      unfollow()
      await reader.close()
      for (const entry of entries.values()) tell(entry)
    },
  }
}
