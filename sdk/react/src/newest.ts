import type { MoodPacket, PollPacket, Roar } from '@roar/client'

/** The mood of the window just closed. `estimated`: the total is an estimate, because some of it was sampled. */
export type Mood = MoodPacket & { estimated: boolean }

/** The newest packets of a client, by segment and by poll. */
export interface Newest {
  mood: Mood | undefined
  readonly segments: Map<string, Mood>
  readonly polls: Map<string, PollPacket>
}

const all = new WeakMap<Roar, Newest>()

/** Kept from the first call on, for components that mount after a packet came: the next one may be hours away. */
export function newestOf(roar: Roar): Newest {
  const known = all.get(roar)
  if (known) return known
  const newest: Newest = { mood: undefined, segments: new Map(), polls: new Map() }
  all.set(roar, newest)
  roar.on('mood', (mood) => {
    newest.mood = moodAfter(newest.mood, mood)
  })
  roar.on('segment', ({ segment, ...mood }) =>
    newest.segments.set(segment, moodAfter(newest.segments.get(segment), mood)),
  )
  roar.on('poll', (packet) => newest.polls.set(packet.poll, packet))
  return newest
}

const moodAfter = (before: Mood | undefined, mood: MoodPacket): Mood => ({
  ...mood,
  estimated: mood.sample !== undefined || before?.estimated === true,
})
