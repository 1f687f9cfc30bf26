import type { Locator, Page } from 'playwright-core'

/**
 * What is on a screen, by all of its name. For Playwright any part of a name will do, in any case, so "Unpin" is also "Unpin this
 * post": a test then fails if both are there, be it for a moment. `test/architecture.test.ts` keeps tests to these functions.
 */
type Part = Page | Locator

export const named = (
  part: Part,
  role: Parameters<Page['getByRole']>[0],
  name: string | RegExp,
  options: { includeHidden?: boolean } = {},
): Locator => part.getByRole(role, { name, exact: true, ...options })

/** The button of a list to choose from: its name is what is chosen now, and then its label. */
export const dropdown = (part: Part, label: string): Locator =>
  part.getByRole('button', { name: new RegExp(`(^| )${label}$`) })

export const labelled = (part: Part, label: string): Locator => part.getByLabel(label, { exact: true })

export const worded = (part: Part, words: string): Locator => part.getByText(words, { exact: true })

/** Whatever has these words in it, among others: for what is only looked at. */
const saying = (part: Part, words: string | RegExp): Locator =>
  part.getByText(words).filter({ visible: true }).first()

/** Waits until these words are in sight. */
export const says = (part: Part, words: string | RegExp, options: { timeout?: number } = {}): Promise<void> =>
  saying(part, words).waitFor(options)

/** Waits until they are no longer. */
export const saysNoMore = (part: Part, words: string): Promise<void> =>
  saying(part, words).waitFor({ state: 'detached' })
