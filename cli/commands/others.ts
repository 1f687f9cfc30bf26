import type { Command } from './command.ts'

/** Commands that parse their arguments themselves and have a help of their own. */
const own = (
  name: string,
  summary: string,
  { run, ownFlags }: Required<Pick<Command, 'run' | 'ownFlags'>>,
): Command => ({ name, summary, args: [], settings: {}, examples: [], run, ownFlags })

export const commands: readonly Command[] = [
  own('verify', 'checks a receipt, a proof or a certificate offline', {
    run: async (argv) => (await import('../verify.ts')).runVerify(argv),
    ownFlags: async () => (await import('../verify.ts')).VERIFY_FLAGS,
  }),
  own('load', 'simulates viewers and checks every count', {
    run: async (argv) => (await import('../load.ts')).runLoad(argv),
    ownFlags: async () => (await import('../load.ts')).LOAD_FLAGS,
  }),
]
