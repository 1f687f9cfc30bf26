import { expect, test } from 'bun:test'
import { freePort } from '../deploy/programs/ports.ts'
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
  settleSeconds: 60,
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
  // The show's document has to name it before the server is there.
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
