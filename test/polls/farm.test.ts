import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { seededRandom } from '../../load/random.ts'
import type { GuestAnswer } from '../../protocol/packets.ts'
import { until } from '../until.ts'
import { startVoting } from './voting.ts'

test('one address that asks for a token, votes, and asks again over forty connections is in quarantine, whatever it answers', async () => {
  // The script's pace by the server's clock, whatever that of the machine: 200 votes a second, with random gaps.
  const clock = new ManualClock(1_795_349_712_000)
  const random = seededRandom(7)
  const roar = await startVoting({ clock, flags: ['--trust-proxy', 'true', '--guests-per-second', '0'] })
  const from = { 'x-forwarded-for': '203.0.113.9:50001' }
  const votes = `${roar.url}/v1/shows/final/polls/mvp/votes`
  let sent = 0
  async function script(): Promise<void> {
    while (sent < 800) {
      const choice = ['anna', 'ben', 'cleo'][sent++ % 3]
      // Each from a port of its own, which says nothing.
      const headers = { 'x-forwarded-for': `203.0.113.9:${50_000 + sent}` }
      const guest = await fetch(`${roar.url}/v1/viewers`, { method: 'POST', headers: from })
      const { token } = (await guest.json()) as GuestAnswer
      const body = JSON.stringify({ choice })
      clock.advance(Math.round(10 * random()))
      const authorization = `Bearer ${token}`
      const vote = await fetch(votes, { method: 'POST', headers: { ...headers, authorization }, body })
      expect(vote.status).toBe(201)
    }
  }
  try {
    await roar.create('mvp')
    await roar.act('mvp', 'open')
    await Promise.all(Array.from({ length: 40 }, script))
    type Tally = { quarantined: number; withQuarantined: { ballots: number } }
    const { quarantined } = await until(
      async () => {
        clock.advance(50)
        return (await roar.studio('GET', 'polls/mvp')).body.tally as Tally
      },
      ({ withQuarantined }) => withQuarantined?.ballots === sent,
    )
    // `npm run bench suspicion` keeps the score.
    expect(quarantined).toBeGreaterThan(0.9 * sent)
  } finally {
    await roar.stop()
    roar.data.remove()
  }
})
