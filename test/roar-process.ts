import type { Subprocess } from 'bun'

const ROAR = new URL('../roar', import.meta.url).pathname

/** `./roar up` as a process of its own, once it says where it is. */
export async function spawnRoar(
  ...flags: string[]
): Promise<{ url: string; process: Subprocess<'ignore', 'pipe', 'inherit'> }> {
  const process = Bun.spawn([ROAR, 'up', '--port', '0', '--log-level', 'error', ...flags], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  let said = ''
  for await (const chunk of process.stdout) {
    said += new TextDecoder().decode(chunk)
    const url = said.match(/http:\/\/\S+/)?.[0]
    if (url !== undefined) return { url, process }
  }
  throw new Error(`roar up ended with ${await process.exited}: ${said}`)
}
