import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { freePort } from '../../deploy/programs/ports.ts'

const ROAR = new URL('../../roar', import.meta.url).pathname

/** A role as a process, from its start: not every one becomes ready. `later` takes the function that ends it. */
export async function launchRole({
  role,
  flags,
  env = {},
  later,
}: {
  role: RoleName
  flags: string[]
  /** In addition to this process's own. */
  env?: Record<string, string>
  later: (close: () => unknown) => void
}) {
  const port = await freePort()
  const child = Bun.spawn([ROAR, role, '--port', String(port), ...flags], {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  later(async () => {
    child.kill('SIGKILL')
    await child.exited
  })
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    child,
    /** Resolves when `/readyz` answers with this status. */
    async until(status: 200 | 503): Promise<void> {
      while ((await fetch(`${url}/readyz`).catch(() => undefined))?.status !== status) await Bun.sleep(20)
    },
    /** Its error output up to its end. */
    said: () => new Response(child.stderr).text(),
  }
}
