import type { PollRules } from '../../../../protocol/polls.ts'
import type { ShowSettings, Sticker } from '../../../../protocol/show.ts'

/** A poll in a template; the rest is the server's default. */
type TemplatePoll = { poll: string } & Pick<PollRules, 'question' | 'choices'> & Partial<PollRules>

/** A starting point for a new show. Everything in it can be changed afterwards. */
export interface Template {
  id: string
  title: string
  about: string
  settings: Partial<ShowSettings>
  /** Its own stickers, created with the first show of the kind and shared by later ones. Absent: those of the first pack. */
  pack?: { pack: string; title: string; stickers: Sticker[] }
  /** As drafts. */
  polls: TemplatePoll[]
}

/** A pack's stickers, each as id, title for screen readers, and emoji. */
export const stickers = (...rows: [sticker: string, title: string, emoji: string][]): Sticker[] =>
  rows.map(([sticker, title, emoji]) => ({ sticker, title, emoji }))

/** A poll's choices, each as id and title. */
export const choices = (titles: Record<string, string>): PollRules['choices'] =>
  Object.entries(titles).map(([choice, title]) => ({ choice, title }))

/** The ids of stickers, for the bar. */
export const idsOf = (all: readonly Sticker[]): string[] => all.map(({ sticker }) => sticker)
