import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { Monitor } from '../../cli/monitor/monitor.ts'
import { openRecord } from '../../cli/monitor/record.ts'
import { keyIdOf } from '../../engine/polls/checkpoints.ts'
import { KEY_TYPE, noteKeyText, originOf } from '../../protocol/checkpoints.ts'
import { type Certificate, leafText, type MerklePath } from '../../protocol/polls.ts'
import type { JwkSet } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { startVoting, tokenOf } from './voting.ts'
import { startWitness } from './witness.ts'

const GO = join(import.meta.dir, 'checkpoints')
const AT = '/v1/shows/final/polls/mvp'

/** Why Go cannot check here; undefined where it can. */
function missing(): string | undefined {
  if (Bun.which('go') === null) return 'go is not installed'
  const { exitCode, stderr } = Bun.spawnSync(['go', 'build', '-o', '/dev/null', '.'], { cwd: GO })
  return exitCode === 0 ? undefined : `its modules cannot be had: ${stderr}`
}
const reason = missing()
if (reason !== undefined) console.warn(`heads are not checked by another's program: ${reason}`)

const standard = (hash: string) => Buffer.from(hash, 'base64url').toString('base64')

async function inGo(question: object): Promise<string> {
  const go = Bun.spawn(['go', 'run', '.'], {
    cwd: GO,
    stdin: Buffer.from(JSON.stringify(question)),
    stderr: 'pipe',
  })
  return (await new Response(go.stdout).text()) + (await new Response(go.stderr).text())
}

test.skipIf(reason !== undefined)(
  'a program in Go, on libraries for transparency logs, checks heads, their growth, a ballot and a cosignature, and finds a forged one',
  async () => {
    let monitor: Monitor | undefined
    const witness = startWitness(() => monitor!)
    const roar = await startVoting({ flags: ['--witnesses', witness.setting] })
    monitor = new Monitor({
      sources: [{ server: roar.url, show: 'final', poll: 'mvp' }],
      ...openRecord(join(roar.data.path, 'monitor')),
      stoppedAfterMs: 60_000,
      tell: () => {},
    })
    await roar.create('mvp')
    await roar.act('mvp', 'open')
    const vote = async (name: string) => (await roar.vote('mvp', tokenOf(name), { choice: 'anna' })).receipt
    for (let i = 0; i < 5; i++) await vote(`a${i}`)
    type Heads = { heads: string[]; proof: MerklePath; inclusion: MerklePath }
    const [older] = (await roar.json<Heads>(`${AT}/heads`)).heads as [string]
    const size = older.split('\n')[1]!
    for (let i = 0; i < 7; i++) await vote(`b${i}`)
    const receipt = await vote('c')
    await roar.act('mvp', 'close')
    await roar.act('mvp', 'seal')
    const certificate = await roar.json<Certificate>(`${AT}/certificate`)
    const { partition, offset } = receipt.place
    const { proof, inclusion } = await roar.json<Heads>(
      `${AT}/heads?from=${size}&place=${partition}:${offset}`,
    )
    const { keys } = await roar.json<JwkSet>('/v1/keys')
    const origin = originOf('final', 'mvp')
    const key = new Uint8Array(Buffer.from(keys[0]!.x, 'base64url'))
    const question = {
      key: noteKeyText(origin, { keyId: keyIdOf(sha256, origin, key), type: KEY_TYPE.ed25519, key }),
      witness: witness.key,
      older,
      newer: certificate.head!,
      growth: proof.path.map(standard),
      leaf: leafText(receipt),
      index: inclusion.index,
      path: inclusion.path.map(standard),
    }
    expect(await inGo(question)).toBe(`${size} 13 [roar/final/mvp watcher.example]\n`)
    expect(await inGo({ ...question, leaf: leafText({ ...receipt, late: true }) })).toContain('exit status 1')
    expect(await inGo({ ...question, growth: question.growth.toReversed() })).toContain('exit status 1')
    await roar.stop()
    await witness.stop()
    roar.data.remove()
  },
)
