import type { Subprocess } from 'bun'
import { endOf } from '../../deploy/programs/end-of.ts'
import { ENDS_WITH_US } from '../../deploy/programs/ends-with-us.ts'
import { ROAR } from '../roar-process.ts'
import type { EdgeNumbers } from './rule.ts'

/** `roar edge` as a process, with its metrics. */
export class EdgeProcess {
  readonly #process: Subprocess
  readonly #url: string

  private constructor(process: Subprocess, url: string) {
    this.#process = process
    this.#url = url
  }

  /** Resolves once it accepts viewers. */
  static async start({
    port,
    upstream,
    limit,
  }: {
    port: number
    upstream: string
    limit: number
  }): Promise<EdgeProcess> {
    const flags = [
      ...['--port', `${port}`, '--upstream', upstream, '--edge-urls', `ws://127.0.0.1:${port}/mqtt`],
      ...['--edge-connections', `${limit}`, '--edge-drain-percent', '5', '--log-level', 'error'],
    ]
    const child = Bun.spawn([...ENDS_WITH_US, ROAR, 'edge', ...flags], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const url = `http://127.0.0.1:${port}`
    const isReady = () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    while (!(await isReady())) {
      if (endOf(child) !== null) throw new Error(`roar edge ended with ${endOf(child)}`)
      await Bun.sleep(100)
    }
    return new EdgeProcess(child, url)
  }

  async numbers(): Promise<EdgeNumbers> {
    const text = await (await fetch(`${this.#url}/metrics`)).text()
    const sum = (name: string) =>
      [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
        (total, [, value]) => total + Number(value),
        0,
      )
    return {
      connections: sum('roar_edge_connections'),
      limit: sum('roar_edge_connections_max'),
      lagS: sum('nodejs_eventloop_lag_p99_seconds'),
      newestAgeS: sum('roar_edge_newest_age_seconds'),
    }
  }

  /** Moves its viewers to other edges and ends. */
  async drain(): Promise<void> {
    this.#process.kill()
    await this.#process.exited
  }
}
