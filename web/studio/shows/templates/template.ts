import type { PollRules } from '../../../../protocol/polls.ts'
import type { ShowSettings, Sticker } from '../../../../protocol/show.ts'

/** What of a poll a template says; the rest is as the server has it where nobody says so. */
type TemplatePoll = { poll: string } & Pick<PollRules, 'question' | 'choices'> & Partial<PollRules>

/** What a new show may begin from. Everything in it can be changed afterwards. */
export interface Template {
  id: string
  title: string
  about: string
  settings: Partial<ShowSettings>
  /** Stickers of its own, made with the first show of the kind and shared by those that follow. Absent: those of the first pack. */
  pack?: { pack: string; title: string; stickers: Sticker[] }
  /** As drafts. */
  polls: TemplatePoll[]
}

/** A pack's stickers, each as its id, what a screen reader says, and its emoji. */
export const stickers = (...rows: [sticker: string, title: string, emoji: string][]): Sticker[] =>
  rows.map(([sticker, title, emoji]) => ({ sticker, title, emoji }))

/** The choices of a poll, each as its id and its title. */
export const choices = (titles: Record<string, string>): PollRules['choices'] =>
  Object.entries(titles).map(([choice, title]) => ({ choice, title }))

/** The ids of stickers, for the bar. */
export const idsOf = (all: readonly Sticker[]): string[] => all.map(({ sticker }) => sticker)
