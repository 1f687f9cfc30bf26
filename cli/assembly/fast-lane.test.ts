import { expect, test } from 'bun:test'
import { startRoar } from '../../test/embedded.ts'

const SERIES = 'roar_fast_lane_requests_total{by="lane"}'

async function tapsInTheLane(...flags: string[]): Promise<string | undefined> {
  const roar = await startRoar(...flags)
  try {
    const body = '{"stickers":{"heart":1}}'
    const tap = await fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', body })
    expect(tap.status).toBe(202)
    const metrics = await (await fetch(`${roar.url}/metrics`)).text()
    return metrics.split('\n').find((line) => line.startsWith(SERIES))
  } finally {
    await roar.stop()
  }
}

test('a process has the fast lane where its settings say so, and otherwise where its role has one', async () => {
  expect(await tapsInTheLane('--fast-lane', 'on')).toBe(`${SERIES} 1`)
  expect(await tapsInTheLane('--fast-lane', 'off')).toBeUndefined()
  expect(await tapsInTheLane()).toBe(`${SERIES} 1`)
})
