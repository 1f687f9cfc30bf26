import type { PollRules } from '../../../protocol/polls.ts'
import type { ShowSettings } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import type { StudioPoll, StudioShow } from '../api/queries.ts'

interface NewShow {
  show: string
  title: string
  starts: number | undefined
  /** Whether it is a rehearsal, for good. */
  rehearsal: boolean
  /** Of a template, or of another show: only what a new one takes over is sent. */
  settings: Partial<ShowSettings>
  /** The show whose polls it has, too. */
  pollsOf: string | undefined
}

/** Makes a show and, as drafts, the polls of another. Each step may be sent again: what is there already is left as it is. */
export async function makeShow({
  show,
  title,
  starts,
  settings,
  rehearsal,
  pollsOf,
}: NewShow): Promise<StudioShow> {
  const { language, accent, video, segments, sides, packs, bar, rules } = settings
  const body = {
    ...{ show, title, starts, language, accent, video, segments, sides, packs, bar, rules },
    ...(rehearsal && { rehearsal }),
  }
  const made = await call<StudioShow>('v1/studio/shows', { method: 'POST', body })
  if (pollsOf === undefined) return made
  const polls = await call<StudioPoll[]>(`v1/studio/shows/${pollsOf}/polls`)
  const there = await call<StudioPoll[]>(`v1/studio/shows/${show}/polls`)
  for (const poll of polls) {
    if (there.some((known) => known.poll === poll.poll)) continue
    await call(`v1/studio/shows/${show}/polls`, {
      method: 'POST',
      body: { poll: poll.poll, ...draftOf(poll) },
    })
  }
  return made
}

/** What of a poll another may take over: everything but when it happened. */
export function draftOf(poll: PollRules): Omit<PollRules, 'opens' | 'closes' | 'reveals' | 'seals'> {
  const { question, choices, kind, max, change, visibility, graceMs, countLate, countQuarantined } = poll
  const { answer, voters, publish } = poll
  return {
    ...{ question, choices, kind, max, change, visibility, graceMs, countLate, countQuarantined },
    ...(answer && { answer }),
    ...(voters && { voters }),
    ...(publish !== undefined && { publish }),
  }
}
