import type { Mutant } from './mutants.ts'

/** A mutant that tests need not notice, and why. Named by its line's text and not by its number, which moves. */
export interface Known {
  file: string
  /** The line without its indent. */
  line: string
  before: string
  after: string
  /** `equivalent`: no test can notice it. `open`: one could, and is still to be written. */
  is: 'equivalent' | 'open'
  reason: string
}

/** What `known` is compared by. */
export const nameOf = ({ file, line, before, after }: Omit<Known, 'is' | 'reason'>): string =>
  JSON.stringify([file, line, before, after])

/** The line that a mutant begins on, and what it changes there. */
export const describe = (
  { file, line, before, after }: Mutant,
  source: string,
): Omit<Known, 'is' | 'reason'> => ({
  file,
  line: source.split('\n')[line - 1]!.trim(),
  before,
  after,
})
