import type { PollRules } from '../../../protocol/polls.ts'
import type { ShowSettings, StickerPack, WordList } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import type { StudioPoll, StudioShow } from '../api/queries.ts'
import type { Template } from './templates/template.ts'

type Draft = { poll: string } & Partial<PollRules>

/** What a new show starts from. */
interface Beginning {
  /** Only the settings that a new show takes over are sent. */
  settings: Partial<ShowSettings> & { wordLists?: readonly WordList[] }
  pack?: Template['pack']
  polls: readonly Draft[]
}

export const fromTemplate = ({ settings, pack, polls }: Template): Beginning => ({
  settings: { ...settings, ...(pack && { packs: [pack.pack] }) },
  ...(pack && { pack }),
  polls,
})

/** Everything of another show except what happened in it; fetched, as the screen may be stale. */
export async function fromShow(like: string): Promise<Beginning> {
  const path = `v1/studio/shows/${like}`
  const [settings, polls] = await Promise.all([call<StudioShow>(path), call<StudioPoll[]>(`${path}/polls`)])
  return { settings, polls: polls.map((poll) => ({ poll: poll.poll, ...draftOf(poll) })) }
}

interface NewShow {
  show: string
  title: string
  starts: number | undefined
  /** Whether it is a rehearsal, permanently. */
  rehearsal: boolean
  /** Fetched at creation. */
  from: () => Beginning | Promise<Beginning>
}

/**
 * Creates a show with its stickers, and its polls as drafts. Each step is safe to retry: what exists already is left as it is.
 */
export async function makeShow({ show, title, starts, rehearsal, from }: NewShow): Promise<StudioShow> {
  const { pack, polls, settings } = await from()
  if (pack !== undefined) await stock(pack)
  const { language, accent, video, segments, sides, packs, bar, rules, wordLists } = settings
  const body = {
    ...{ show, title, starts, language, accent, video, segments, sides, packs, bar, rules, wordLists },
    ...(rehearsal && { rehearsal }),
  }
  const path = `v1/studio/shows/${show}`
  const made = await call<StudioShow>('v1/studio/shows', { method: 'POST', body })
  const there = await call<StudioPoll[]>(`${path}/polls`)
  for (const poll of polls)
    if (!there.some((known) => known.poll === poll.poll))
      await call(`${path}/polls`, { method: 'POST', body: poll })
  return made
}

/** Creates a pack, or resumes after an interruption; one that producers have changed is left alone. */
async function stock({ pack, title, stickers }: NonNullable<Template['pack']>): Promise<void> {
  const packs = await call<StickerPack[]>('v1/studio/packs')
  const known = packs.find((one) => one.pack === pack)
  // Each sticker added here made one version; any other version is a producer's change.
  const isTheirs = known !== undefined && known.version !== 1 + known.stickers.length
  if (isTheirs) return
  if (known === undefined) await call('v1/studio/packs', { method: 'POST', body: { pack, title } })
  for (const { sticker, ...body } of stickers.slice(known?.stickers.length ?? 0))
    await call(`v1/studio/packs/${pack}/stickers/${sticker}`, { method: 'PUT', body })
}

/** What of a poll another may copy: everything but its times. */
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
