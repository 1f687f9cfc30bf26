import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../deploy/programs/ports.ts'

const isThere = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** HAProxy before a port of this machine. @param options.server What stands behind the server's address in its line. */
export async function startHaproxy(
  toPort: number,
  { mode, server = '', more = [] }: { mode: 'tcp' | 'http'; server?: string; more?: string[] },
) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'))
  const file = join(folder, 'haproxy.cfg')
  const lines = [
    'defaults',
    `  mode ${mode}`,
    '  timeout connect 5s',
    '  timeout client 60s',
    '  timeout server 60s',
    'listen front',
    `  bind 127.0.0.1:${port}`,
    ...more.map((line) => `  ${line}`),
    `  server back 127.0.0.1:${toPort} ${server}`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  const child = Bun.spawn(['haproxy', '-db', '-f', file], { stdout: 'ignore', stderr: 'ignore' })
  while (!(await isThere(port))) await Bun.sleep(10)
  return {
    port,
    async stop() {
      child.kill()
      await child.exited
      rmSync(folder, { recursive: true })
    },
  }
}
