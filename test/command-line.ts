import { spyOn } from 'bun:test'
import type { Command } from '../cli/commands/command.ts'

/** What a command did: its exit code, and what it wrote to both outputs. */
export interface Ran {
  code: number
  out: string
  error: string
}

/** Runs one of `commands`, as `poll create`, in this process. */
export async function runCommand(
  commands: readonly Command[],
  name: string,
  argv: readonly string[],
): Promise<Ran> {
  const [out, error]: [string[], string[]] = [[], []]
  using _out = spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0)
  using _error = spyOn(process.stderr, 'write').mockImplementation((text) => error.push(String(text)) > 0)
  const code = await commands.find((each) => each.name === name)!.run([...argv])
  return { code, out: out.join(''), error: error.join('') }
}
