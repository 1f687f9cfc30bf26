import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { endOf } from '../../deploy/programs/end-of.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { ROAR } from '../roar-process.ts'
import { until } from '../until.ts'

/**
 * Of a deliver whose counts do not come from Spark. What follows the newest cell is published after six of Spark's batches without
 * another one: three seconds by default.
 */
export const deliverWindows = (windowMs: number): string[] => [
  ...['--window-ms', String(windowMs), '--spark-trigger-ms', '100'],
]

/** Of the roles of a cluster whose log is on this Kafka. */
export const logFlags = ({
  brokers: [broker],
  topicPrefix,
}: {
  brokers: string[]
  topicPrefix: string
}): string[] => [...['--log', `kafka://${broker}`, '--topic-prefix', topicPrefix]]

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
  const said = () => new Response(child.stderr).text()
  /** The status of `/readyz`, 0 before it answers. @throws what the role said, if it has ended */
  async function ready(): Promise<number> {
    const ended = endOf(child)
    if (ended !== null) throw new Error(`roar ${role} ended with ${ended}: ${await said()}`)
    return (await fetch(`${url}/readyz`).catch(() => undefined))?.status ?? 0
  }
  return {
    url,
    child,
    /** Resolves when it answers, ready or not. */
    answers: () => until(ready),
    /** Resolves when `/readyz` answers with this status. */
    until: (status: 200 | 503) => until(ready, (is) => is === status),
    /** Its error output up to its end. */
    said,
  }
}
