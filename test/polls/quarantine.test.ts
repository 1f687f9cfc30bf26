import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { type Suspect, suspectWords } from '../../protocol/cohorts.ts'
import type { Certificate } from '../../protocol/polls.ts'
import { networkOf } from '../../services/http/ip.ts'
import { until } from '../until.ts'
import { startVoting, tokenOf } from './voting.ts'

test('a script that votes through one network goes to quarantine: it gets receipts, and the result is there with and without it', async () => {
  const clock = new ManualClock(1_795_349_712_000)
  const roar = await startVoting({ clock, flags: ['--trust-proxy', 'true'] })
  const vote = async (viewer: string, choice: string, from: string, claims: object = {}) => {
    const response = await fetch(`${roar.url}/v1/shows/final/polls/mvp/votes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenOf(viewer, claims)}`, 'x-forwarded-for': from },
      body: JSON.stringify({ choice }),
    })
    expect(response.status).toBe(201)
    return (await response.json()) as Record<string, unknown>
  }
  try {
    await roar.create('mvp', { visibility: 'live' })
    await roar.act('mvp', 'open')
    for (let i = 0; i < 200; i++) {
      // People come from many networks, with tokens of yesterday, and not in step.
      clock.advance(37 + ((i * i * 31) % 900))
      const people = await vote(`v${i}`, ['anna', 'ben'][i % 2]!, `10.0.${i % 100}.1`, { iat: 1_795_000_000 })
      expect(people).not.toHaveProperty('quarantined')
    }
    for (let i = 0; i < 200; i++) {
      clock.advance(250)
      await vote(`guest-${i}`, 'cleo', `192.0.2.${i % 250}`)
    }
    const seen = async (ballots: number) => {
      for (;;) {
        clock.advance(50)
        const document = await roar.poll('mvp')
        if (document.ballots >= ballots) return document
      }
    }
    const without = await seen(200)
    expect(without.counts!.anna).toBe(100)
    expect(without.counts!.ben).toBe(100)
    // The first 49 of any network are nobody's business.
    expect(without.counts!.cleo).toBeLessThan(60)
    // The producers see both before they decide.
    const tallied = async () => {
      // The last ballots are counted a moment after their receipts.
      clock.advance(50)
      return (await roar.studio('GET', 'polls/mvp')).body.tally as { withQuarantined?: { ballots: number } }
    }
    const tally = await until(tallied, ({ withQuarantined }) => withQuarantined?.ballots === 400)
    expect(tally).toMatchObject({
      late: 0,
      quarantined: 400 - without.ballots,
      withQuarantined: { ballots: 400, counts: { anna: 100, ben: 100, cleo: 200 } },
      withoutQuarantined: { ballots: without.ballots, counts: without.counts },
    })
    // And from where they came, with the signs, but no address.
    const cohortsOf = async () => (await roar.studio('GET', 'polls/mvp/cohorts')).body as unknown as Suspect[]
    const quarantinedOf = (cohorts: Suspect[]) => cohorts.reduce((sum, each) => sum + each.quarantined, 0)
    let cohorts = await cohortsOf()
    while (quarantinedOf(cohorts) < 400 - without.ballots) {
      clock.advance(1_000)
      cohorts = await cohortsOf()
    }
    expect(quarantinedOf(cohorts)).toBe(400 - without.ballots)
    expect(suspectWords(cohorts[0]!).join()).toContain('too regular: pauses vary by 0 %')
    expect(JSON.stringify(cohorts)).not.toContain('192.0')
    await roar.studio('PATCH', 'polls/mvp', { countQuarantined: true })
    expect((await seen(400)).counts).toEqual({ anna: 100, ben: 100, cleo: 200 })
    await roar.studio('PATCH', 'polls/mvp', { countQuarantined: false })
    const trail = (await roar.studio('GET', 'audit')).body as unknown as { action: string; detail?: object }[]
    expect(trail.slice(0, 2).map(({ action, detail }) => [action, detail])).toEqual([
      ['change', { countQuarantined: false }],
      ['change', { countQuarantined: true }],
    ])
    await roar.act('mvp', 'close')
    clock.advance(1)
    const sealing = roar.act('mvp', 'seal')
    expect((await sealing).status).toBe(200)
    const { statement } = await roar.json<Certificate>('/v1/shows/final/polls/mvp/certificate')
    expect(statement.ballots).toBe(400)
    expect(statement.quarantined.counted).toBe(false)
    expect(statement.viewers + statement.quarantined.viewers).toBe(400)
  } finally {
    await roar.stop()
    roar.data.remove()
  }
})

test('an issuer of tokens has a limit of its own, and the others feel nothing of it', async () => {
  const roar = await startVoting({ flags: ['--issuer-per-second', '1', '--issuer-burst', '5'] })
  try {
    await roar.create('mvp')
    await roar.act('mvp', 'open')
    const votes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        roar.vote('mvp', tokenOf(`v${i}`, { iss: 'leaky' }), { choice: 'anna' }),
      ),
    )
    const refused = votes.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(10)
    expect(refused[0]!.headers.get('retry-after')).toBe('1')
    expect((await roar.vote('mvp', tokenOf('w', { iss: 'careful' }), { choice: 'anna' })).status).toBe(201)
  } finally {
    await roar.stop()
    roar.data.remove()
  }
})

test('a network is the /24 of an IPv4 address and the /48 of an IPv6 one', () => {
  expect(networkOf('192.0.2.7')).toBe('192.0.2')
  expect(networkOf('::ffff:192.0.2.9')).toBe('192.0.2')
  expect(networkOf('2001:db8:1:2::3')).toBe('2001:db8:1')
  expect(networkOf('2001:db8:0:1::3')).toBe(networkOf('2001:db8::3'))
})

test('an IPv6 subscriber has one limit, however many addresses', async () => {
  const flags = ['--trust-proxy', 'true', '--address-per-second', '1', '--address-burst', '5']
  const roar = await startVoting({ flags })
  try {
    await roar.create('mvp')
    await roar.act('mvp', 'open')
    const from = async (address: string, i: number) => {
      const response = await fetch(`${roar.url}/v1/shows/final/polls/mvp/votes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokenOf(`v${i}`)}`, 'x-forwarded-for': address },
        body: '{"choice":"anna"}',
      })
      return response.status
    }
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) statuses.push(await from(`2001:db8:0:1::${i}`, i))
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10)
    expect(await from('2001:db8:0:2::1', 99)).toBe(201)
  } finally {
    await roar.stop()
    roar.data.remove()
  }
})
