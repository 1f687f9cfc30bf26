import type { Command } from './command.ts'

/** Commands that read their arguments by themselves, and have a help of their own. */
const own = (name: string, summary: string, run: Command['run']): Command => ({
  name,
  summary,
  args: [],
  settings: {},
  examples: [],
  run,
})

export const commands: readonly Command[] = [
  own('verify', 'checks what a viewer holds, offline', async (argv) =>
    (await import('../verify.ts')).runVerify(argv),
  ),
  own('load', 'drives viewers and checks every count', async (argv) =>
    (await import('../load.ts')).runLoad(argv),
  ),
]
