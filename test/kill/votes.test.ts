import { expect, test } from 'bun:test'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { receiptFault, rootOf } from '../../engine/polls/receipts.ts'
import { type BallotProof, type Certificate, leafText, type Receipt } from '../../protocol/polls.ts'
import { type JwkSet, signatureVerifier } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { temporaryFolder } from '../embedded.ts'
import { answerOf, auditFiles, SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { spawnRoar } from '../roar-process.ts'

/** Seeds of a run: `SEEDS=20 bun test test/kill/votes` for a long one, `SEED=7` to repeat one. */
const SEEDS = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: Number(process.env.SEEDS ?? 4) }, (_, i) => i + 1)
const VOTERS = 400
const CALLERS = 16
const KILLS = 3
const CHOICES = ['anna', 'ben', 'cleo']

/** Numbers below `n`, determined by a seed (xorshift, Marsaglia 2003). */
function dice(seed: number): (n: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1
  return (n) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % n
  }
}

/** Damages the voters file as a kill during a write would, as a bad disk would, or not at all. */
function harm(file: string, roll: (n: number) => number): void {
  const way = roll(4)
  if (way === 0 || !existsSync(file)) return
  const bytes = readFileSync(file)
  // A kill may have left it empty: that is damage enough.
  if (bytes.length === 0) return
  const at = roll(bytes.length)
  if (way === 1) writeFileSync(file, bytes.subarray(0, at))
  else if (way === 2) writeFileSync(file, bytes.with(at, bytes[at]! ^ 1))
  else rmSync(file)
}

for (const seed of SEEDS) {
  test(`kill -9 while viewers vote, seed ${seed}: every vote that got a receipt is counted once, and is in the certificate`, async () => {
    const roll = dice(seed)
    const data = temporaryFolder()
    const start = () => spawnRoar('--data', data.path, '--auth-secret', SECRET, '--window-ms', '50')
    let server = await start()
    let client = votingClient(server.url)
    try {
      const change = seed % 2 === 0
      await client.create('mvp', { change, visibility: 'live' })
      await client.act('mvp', 'open')
      // A tenth votes again at once; where a change is allowed a tenth changes to another answer.
      const plan = Array.from({ length: VOTERS }, (_, voter) => {
        const first = roll(3)
        const again = voter % 10 === 0 ? [first] : change && voter % 10 === 1 ? [(first + 1) % 3] : []
        return {
          token: tokenOf(`v${voter}`, { segment: roll(2) === 0 ? 'home' : 'away' }),
          answers: [first, ...again],
        }
      })
      const newest = new Map<number, Receipt>()
      let confirmed = 0
      const killAt = Array.from({ length: KILLS }, () => 20 + roll(VOTERS - 60)).toSorted((a, b) => a - b)
      let restarting: Promise<void> | undefined
      const killSometimes = () => {
        if (restarting !== undefined || killAt.length === 0 || confirmed < killAt[0]!) return
        killAt.shift()
        restarting = (async () => {
          server.process.kill('SIGKILL')
          await server.process.exited
          harm(join(data.path, 'voters'), roll)
          server = await start()
          client = votingClient(server.url)
          restarting = undefined
        })()
      }
      /** Retries until there is an answer, as a viewer's outbox does. */
      const voteUntilAnswered = async (token: string, choice: string): Promise<Receipt> => {
        for (;;) {
          await restarting
          const answer = await answerOf(() => client.vote('mvp', token, { choice }))
          if (answer?.status === 200 || answer?.status === 201) return answer.receipt
          if (answer !== undefined && answer.status !== 503)
            throw new Error(`an answer nobody expects: ${answer.status} ${answer.problem.code}`)
        }
      }
      let next = 0
      const call = async () => {
        for (let voter = next++; voter < VOTERS; voter = next++) {
          const { token, answers } = plan[voter]!
          for (const answer of answers) {
            newest.set(voter, await voteUntilAnswered(token, CHOICES[answer]!))
            confirmed++
            killSometimes()
          }
        }
      }
      await Promise.all(Array.from({ length: CALLERS }, call))
      await restarting
      expect(killAt).toEqual([])

      const expected: Record<string, number> = { anna: 0, ben: 0, cleo: 0 }
      for (const { answers } of plan) expected[CHOICES[answers.at(-1)!]!]! += 1
      await client.act('mvp', 'close')
      expect((await client.act('mvp', 'seal')).status).toBe(200)
      // The count on the screen lags a moment behind the log, and a seal waits for it.
      expect((await client.poll('mvp')).counts).toEqual(expected)
      const certificate = await client.json<Certificate>('/v1/shows/final/polls/mvp/certificate')
      expect([certificate.statement.viewers, certificate.statement.result]).toEqual([VOTERS, expected])
      const verify = signatureVerifier(await client.json<JwkSet>('/v1/keys'))
      for (const [voter, receipt] of newest) {
        expect(receiptFault(receipt, { sha256, verify })).toBeUndefined()
        expect((await client.poll('mvp', plan[voter]!.token)).mine).toMatchObject({
          ...receipt,
          proof: expect.anything(),
        })
        const proof = await client.json<BallotProof>(`/v1/shows/final/polls/mvp/proofs/${receipt.ballot}`)
        expect(rootOf(sha256, leafText(receipt), proof)).toBe(certificate.statement.root)
      }
      const audit = await auditFiles(data.path, 'mvp')
      expect([audit.findings, audit.root]).toEqual([[], certificate.statement.root])
      server.process.kill('SIGTERM')
      expect(await server.process.exited).toBe(0)
    } finally {
      server.process.kill('SIGKILL')
      data.remove()
    }
  })
}
