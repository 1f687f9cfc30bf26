import { expect, test } from 'bun:test'
import type { GuestAnswer } from '../../protocol/packets.ts'
import { until } from '../until.ts'
import { startVoting } from './voting.ts'

test('one address that asks for a token, votes, and asks again over forty connections is in quarantine, whatever it answers', async () => {
  const roar = await startVoting({ flags: ['--trust-proxy', 'true', '--guests-per-second', '0'] })
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
      async () => (await roar.studio('GET', 'polls/mvp')).body.tally as Tally,
      ({ withQuarantined }) => withQuarantined?.ballots === sent,
    )
    // How much more than most depends on the pace of this machine; `npm run bench suspicion` keeps the score.
    expect(quarantined).toBeGreaterThan(sent / 2)
  } finally {
    await roar.stop()
    roar.data.remove()
  }
})
