import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { Minting } from './minting.ts'

function rig(perSecond = 1, burst = 2) {
  const clock = new ManualClock(1_000_000)
  const minting = new Minting({ clock, perSecond, burst, loopbackUnlimited: true })
  const had: string[] = []
  const ask = (address: string, name = address) => minting.turnOf(address).then(() => had.push(name))
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  return { clock, minting, had, ask, settled }
}

test('a crowd behind one address waits side by side, three seconds at the most, and nobody is refused', async () => {
  const { clock, had, ask, settled } = rig()
  for (let i = 0; i < 50; i++) void ask('203.0.113.9', `${i}`)
  await settled()
  expect(had).toEqual(['0', '1'])
  clock.advance(1_000)
  await settled()
  expect(had).toEqual(['0', '1', '2'])
  clock.advance(2_000)
  await settled()
  expect(had).toHaveLength(50)
})

test('other addresses feel nothing of it, until their network does: /24 and /48', async () => {
  const { had, ask, settled } = rig()
  for (let i = 0; i < 30; i++) void ask('203.0.113.9')
  for (const other of ['198.51.100.1', '2001:db8:1:2::1', '127.0.0.1']) void ask(other)
  await settled()
  expect(had.slice(2)).toEqual(['198.51.100.1', '2001:db8:1:2::1', '127.0.0.1'])
  // Twenty at once for a network: with those of .9 they are used up.
  void ask('203.0.113.10')
  // One subscriber has all of a /64.
  for (let i = 2; i < 9; i++) void ask(`2001:db8:1:2::${i}`)
  await settled()
  expect(had).toHaveLength(6)
})

test('more than ten thousand do not wait: they are told to come again', async () => {
  const { ask, minting } = rig()
  for (let i = 0; i < 10_002; i++) void ask('203.0.113.9')
  await expect(minting.turnOf('203.0.113.9')).rejects.toMatchObject({
    code: 'too_many_requests',
    retryAfterS: 3,
  })
})
