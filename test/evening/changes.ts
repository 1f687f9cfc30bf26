import { expect } from 'bun:test'
import { connectAsync, type MqttClient } from 'mqtt'
import type { Cluster } from '../../deploy/cluster/cluster.ts'

const SHOW = 'changing'
const CHANGES = 20
/** Polling interval, the most by which a measured time is too long. */
const ASKED_EACH_MS = 5

/**
 * Changes a show several times and waits until every role that handles shows has it: the studio that accepted it, both ingests by
 * their answers to viewers' calls, deliver by what it publishes to the broker, both edges by what their viewers receive.
 * Aggregate
 * gets no show: it counts what slices name.
 * @returns each change's time at each role, from the press on, in milliseconds
 */
export async function changing(cluster: Cluster, token: string): Promise<Record<string, number[]>> {
  const { studio, ingest1, ingest2, edge1, edge2 } = cluster.roles
  const producer = { authorization: `Bearer ${token}` }
  const produce = async (method: string, path: string, body: object) => {
    const url = `${studio.url}/v1/studio/shows${path}`
    const response = await fetch(url, { method, headers: producer, body: JSON.stringify(body) })
    expect([path, response.ok]).toEqual([path, true])
    return (await response.json()) as { version: number }
  }
  const versionAt = async (url: string): Promise<number> => {
    const response = await fetch(url, { headers: producer })
    const { version } = response.ok ? ((await response.json()) as { version: number }) : { version: 0 }
    return version
  }
  const asked = (url: string) => async (version: number) => {
    while ((await versionAt(url)) < version) await Bun.sleep(ASKED_EACH_MS)
  }
  const clients: MqttClient[] = []
  const received = async (url: string) => {
    const client = await connectAsync(url)
    clients.push(client)
    let newest = 0
    let wake = (): void => {}
    client.on('message', (_, payload) => {
      newest = (JSON.parse(payload.toString()) as { version: number }).version
      wake()
    })
    await client.subscribeAsync(`roar/${SHOW}/show`)
    return async (version: number) => {
      while (newest < version)
        await new Promise<void>((woken) => {
          wake = woken
        })
    }
  }
  const edgeOf = (url: string) => `${url.replace('http', 'ws')}/mqtt`
  try {
    await produce('POST', '', { show: SHOW, title: 'Changing' })
    const places: Record<string, (version: number) => Promise<void>> = {
      studio: asked(`${studio.url}/v1/studio/shows/${SHOW}`),
      ingest1: asked(`${ingest1.url}/v1/shows/${SHOW}`),
      ingest2: asked(`${ingest2.url}/v1/shows/${SHOW}`),
      deliver: await received(cluster.mosquitto!.url),
      edge1: await received(edgeOf(edge1.url)),
      edge2: await received(edgeOf(edge2.url)),
    }
    const times = Object.fromEntries(Object.keys(places).map((place): [string, number[]] => [place, []]))
    for (let change = 0; change < CHANGES; change++) {
      const from = performance.now()
      const { version } = await produce('PATCH', `/${SHOW}`, { title: `Change ${change}` })
      await Promise.all(
        Object.entries(places).map(async ([place, has]) => {
          await has(version)
          times[place]!.push(performance.now() - from)
        }),
      )
    }
    return times
  } finally {
    for (const client of clients) await client.endAsync(true)
  }
}

/** A line for each role: the median, and the slowest. */
export const linesOf = (times: Record<string, number[]>): string[] =>
  Object.entries(times).map(([place, each]) => {
    const sorted = each.toSorted((a, b) => a - b)
    const [median, slowest] = [sorted[sorted.length >> 1]!, sorted.at(-1)!]
    return `a show's change at ${place}: ${median.toFixed(0)} ms, the slowest of ${each.length} ${slowest.toFixed(0)} ms`
  })
