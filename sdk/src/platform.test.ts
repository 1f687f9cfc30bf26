import { expect, spyOn, test } from 'bun:test'
import { ownPlatform } from './platform.ts'

test('a device whose clock is set back or forward does not move the client in time', () => {
  const { now } = ownPlatform()
  const before = now()
  const clock = spyOn(Date, 'now')
  for (const ms of [-600_000, 600_000, 86_400_000]) {
    clock.mockReturnValue(1_800_000_000_000 + ms)
    expect(now() - before).toBeWithin(0, 60_000)
  }
  clock.mockRestore()
})
