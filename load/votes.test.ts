import { describe, expect, test } from 'bun:test'
import { temporaryFolder } from '../test/embedded.ts'
import { SECRET } from '../test/polls/voting.ts'
import { spawnRoar } from '../test/roar-process.ts'
import { runVotes, type VotesOptions, type VotesWatch } from './votes.ts'

const OPTIONS: Omit<VotesOptions, 'url'> = {
  show: 'final',
  poll: undefined,
  secret: new TextEncoder().encode(SECRET),
  viewers: 200,
  rate: 400,
  seconds: 30,
  seed: 1,
  settleSeconds: 10,
  proofs: 200,
}

const vote = (options: VotesOptions, watch: VotesWatch = {}) =>
  runVotes(options, watch, new AbortController().signal)

/** A server that can be killed and comes back on its port with its data. */
async function startServer() {
  const data = temporaryFolder()
  const start = (port: string) => spawnRoar('--data', data.path, '--auth-secret', SECRET, '--port', port)
  let server = await start('0')
  const { url } = server
  return {
    url,
    async killAndRestart() {
      server.process.kill('SIGKILL')
      await server.process.exited
      server = await start(new URL(url).port)
    },
    async [Symbol.asyncDispose]() {
      server.process.kill('SIGKILL')
      await server.process.exited
      data.remove()
    },
  }
}

describe('roar load --votes against a server of its own process', () => {
  test('every vote is counted once, whether sent twice or cut; the same seed votes the same', async () => {
    await using server = await startServer()
    const results = []
    for (const seed of [1, 2, 1]) {
      const result = await vote({ ...OPTIONS, url: server.url, seed })
      expect(result.verdict).toEqual({ ok: true, faults: [], notes: [] })
      expect([result.receipts, result.counted, result.proofs]).toEqual([200, 200, 200])
      expect(result.twice).toBeGreaterThan(0)
      expect(result.cut).toBeGreaterThan(0)
      results.push([result.result, result.twice, result.cut])
    }
    expect(results[2]).toEqual(results[0]!)
    expect(results[1]).not.toEqual(results[0]!)
  })

  test('a server that is killed and comes back counts every vote once', async () => {
    await using server = await startServer()
    let back: Promise<void> | undefined
    const result = await vote(
      { ...OPTIONS, url: server.url, seed: 3 },
      {
        receipt: (receipts) => {
          if (receipts === 80) back = server.killAndRestart()
        },
      },
    )
    await back
    expect(back).toBeDefined()
    expect(result.verdict).toEqual({ ok: true, faults: [], notes: [] })
    expect([result.receipts, result.counted]).toEqual([200, 200])
    expect(Object.keys(result.retries).some((why) => why !== 'cut on purpose')).toBe(true)
  })

  test('a secret that is not the server’s is said in one sentence', async () => {
    await using server = await startServer()
    const secret = new TextEncoder().encode('another secret, and it is long enough')
    await expect(vote({ ...OPTIONS, url: server.url, secret })).rejects.toThrow(/the secret does not match/)
  })
})
