import { expect } from 'bun:test'
import { withAdmin } from '../../adapters/kafka/admin.ts'
import type { Cluster } from '../../deploy/cluster/cluster.ts'

const SHOW = 'dress-rehearsal'

/**
 * Wipes a rehearsal of a cluster: with deliver killed in the middle, with Spark killed while earlier taps are uncounted, with the
 * studio killed, and before all counts are read again.
 */
export async function wiping(cluster: Cluster, token: string): Promise<void> {
  const { studio, ingest1, edge1, deliver } = cluster.roles
  const ask = async (url: string, method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}` }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(url + path, { method, headers, ...sent })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const produce = (method: string, path: string, body?: unknown) =>
    ask(studio.url, method, `/v1/studio/shows${path}`, body)
  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await Bun.sleep(100)
  }
  const total = async () => (await ask(edge1.url, 'GET', `/v1/shows/${SHOW}/mood`)).body.total
  const isThere = (state: string) => async () =>
    (await ask(ingest1.url, 'GET', `/v1/shows/${SHOW}`)).body.state === state

  /** A run with this many hearts: all of them are counted, and nothing else. */
  async function run(taps: number, before = 0): Promise<void> {
    expect(await produce('POST', `/${SHOW}/start`)).toMatchObject({ status: 200 })
    await until(isThere('live'))
    for (let i = 0; i < taps; i++)
      expect(
        await ask(ingest1.url, 'POST', `/v1/shows/${SHOW}/reactions`, { stickers: { heart: 1 } }),
      ).toMatchObject({ status: 202 })
    await until(async () => (await total()) === before + taps)
    const steps = (await produce('GET', `/${SHOW}/mood`)).body.steps as { counts: Record<string, number> }[]
    expect(steps.reduce((sum, { counts }) => sum + counts.heart!, 0)).toBe(before + taps)
  }

  await produce('POST', '', { show: SHOW, title: 'Dress rehearsal', rehearsal: true })
  await until(isThere('scheduled'))
  await run(12)

  const wiped = produce('POST', `/${SHOW}/wipe`)
  await deliver.kill()
  expect(await wiped).toMatchObject({ status: 200, body: { run: 2, state: 'scheduled' } })
  await deliver.start()
  await until(isThere('scheduled'))
  await run(8)

  // Taps not counted when Spark died are counted after the wipe, and belong to the previous run.
  for (let i = 0; i < 7; i++)
    expect(
      await ask(ingest1.url, 'POST', `/v1/shows/${SHOW}/reactions`, { stickers: { heart: 1 } }),
    ).toMatchObject({ status: 202 })
  const wipedAlone = produce('POST', `/${SHOW}/wipe`)
  await cluster.spark!.server.kill()
  expect(await wipedAlone).toMatchObject({ status: 200, body: { run: 3, state: 'scheduled' } })
  await cluster.spark!.server.start()
  await until(isThere('scheduled'))
  await until(async () => (await total()) === 0)
  await run(6)

  // Whether or not it was wiped before the studio died, wiping again gives an empty run.
  const cut = produce('POST', `/${SHOW}/wipe`).catch(() => undefined)
  await studio.kill()
  await cut
  await studio.start()
  const again = await produce('POST', `/${SHOW}/wipe`)
  expect(again).toMatchObject({ status: 200, body: { state: 'scheduled' } })
  await until(isThere('scheduled'))
  await until(async () => (await total()) === 0)
  await run(5)

  // A deliver that has lost its offset reads all counts from the beginning.
  await deliver.stop()
  const brokers = [cluster.kafka!.address]
  await withAdmin({ brokers, topicPrefix: 'roar-' }, async (admin) => {
    const groups = [...(await admin.listGroups()).keys()].filter((group) => group.includes('deliver'))
    expect(groups.length).toBeGreaterThan(0)
    await admin.deleteGroups({ groups })
  })
  await deliver.start()
  await run(5, 5)
  // What was read again came before these, so nothing of it can still arrive.
  await run(2, 10)
}
