import { spyOn } from 'bun:test'
import type { Command } from '../cli/commands/command.ts'

/** Outcome of a command: its exit code, and what it wrote to both outputs. */
export interface Ran {
  code: number
  out: string
  error: string
}

/** Runs one of `commands`, as `poll create`, in this process. */
export const runCommand = (
  commands: readonly Command[],
  name: string,
  argv: readonly string[],
): Promise<Ran> => heard(() => commands.find((each) => each.name === name)!.run([...argv]))

/** Runs a function that resolves to an exit code, and captures its output. */
export async function heard(run: () => Promise<number>): Promise<Ran> {
  const [out, error]: [string[], string[]] = [[], []]
  using _out = spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0)
  using _error = spyOn(process.stderr, 'write').mockImplementation((text) => error.push(String(text)) > 0)
  // The runtime's console bypasses both.
  using _log = spyOn(console, 'log').mockImplementation((line) => void out.push(`${line}\n`))
  using _fault = spyOn(console, 'error').mockImplementation((line) => void error.push(`${line}\n`))
  const code = await run()
  return { code, out: out.join(''), error: error.join('') }
}
