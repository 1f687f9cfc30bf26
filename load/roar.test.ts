import { expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { startRoar } from '../test/embedded.ts'
import { type LoadOptions, run } from './run.ts'

const OPTIONS: Omit<LoadOptions, 'url'> = {
  show: 'final',
  viewers: 20,
  rate: 1000,
  seconds: 1,
  shape: 'match',
  burst: 5,
  processes: 'auto',
  seed: 1,
  settleSeconds: 5,
}

/** A port that was free a moment ago: the show's document has to name it before the server is there. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('Roar counts every tap and reaches every viewer, over WebSocket', async () => {
  const roar = await startRoar('--window-ms', '50')
  try {
    const { verdict, counted, tapMs } = await run(
      { ...OPTIONS, url: roar.url },
      () => {},
      () => {},
      new AbortController().signal,
    )
    expect(verdict).toEqual({ ok: true, faults: [], notes: [] })
    expect(counted).toBe(1000)
    expect(tapMs.count).toBeGreaterThan(0)
  } finally {
    await roar.stop()
  }
})

test('Roar counts every tap and reaches every viewer, over TCP', async () => {
  const port = await freePort()
  const roar = await startRoar(
    '--window-ms',
    '50',
    '--mqtt-port',
    `${port}`,
    '--pubsub-urls',
    `mqtt://127.0.0.1:${port}`,
  )
  try {
    const { verdict, delivery, sums } = await run(
      { ...OPTIONS, url: roar.url },
      () => {},
      () => {},
      new AbortController().signal,
    )
    expect(verdict).toEqual({ ok: true, faults: [], notes: [] })
    expect(delivery.delivered).toBe(20 * sums.packets)
  } finally {
    await roar.stop()
  }
})
