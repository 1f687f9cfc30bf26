import type { Subprocess } from 'bun'
import { ENDS_WITH_US } from '../deploy/programs/ends-with-us.ts'

const ROOT = Bun.fileURLToPath(new URL('..', import.meta.url))
/** Names the executable for this machine, built as for a release, that a run of all tests starts as its program. */
export const BUILT_ROAR = 'TESTS_ROAR'
/** The program under test. A file that is run alone starts the checkout itself. */
export const ROAR = process.env[BUILT_ROAR] ?? `${ROOT}roar`

/** `./roar up` as a process of its own, once it says where it is. */
export const spawnRoar = (...flags: string[]) => spawnRoarBy([ROAR, 'up'], ...flags)

/** The same, started by another command: `nohup ./roar up`, `npm start --`. */
export async function spawnRoarBy(
  command: string[],
  ...flags: string[]
): Promise<{ url: string; process: Subprocess<'ignore', 'pipe', 'inherit'> }> {
  const process = Bun.spawn([...ENDS_WITH_US, ...command, '--port', '0', '--log-level', 'error', ...flags], {
    cwd: ROOT,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const url = await urlOf(process.stdout).catch(async (said) => {
    throw new Error(`roar up ended with ${await process.exited}: ${said.message}`)
  })
  return { url, process }
}

/** Where a server says it is. @throws what it said instead, when it ends */
export async function urlOf(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let said = ''
  for await (const chunk of stdout) {
    said += new TextDecoder().decode(chunk)
    const [, url] = /live at (https?:\/\/\S+)/.exec(said) ?? []
    if (url !== undefined) return url
  }
  throw new Error(said)
}

/** What the first match of a pattern captures in this output. */
export async function saidIn(
  output: ReadableStream<Uint8Array>,
  pattern: RegExp,
): Promise<string | undefined> {
  let said = ''
  for await (const chunk of output) {
    said += new TextDecoder().decode(chunk)
    const found = pattern.exec(said)
    if (found) return found[1]
  }
  return undefined
}
