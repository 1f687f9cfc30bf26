import { Database } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { endOf } from '../../../deploy/programs/end-of.ts'
import { freePorts } from '../../../deploy/programs/ports.ts'
import { keyIdOf, witnessKeyText } from '../../../engine/polls/checkpoints.ts'
import { KEY_TYPE, noteKeyText, originOf } from '../../../protocol/checkpoints.ts'
import { type Certificate, leafText, type MerklePath } from '../../../protocol/polls.ts'
import type { JwkSet } from '../../../services/polls/signing-keys.ts'
import { sha256 } from '../../../services/sha256.ts'
import { openChromium, openWindow } from '../../browser/chromium.ts'
import { temporaryFolder } from '../../embedded.ts'
import { startVoting, tokenOf } from '../voting.ts'

/*
 * Programs that are not ours, and know nothing of Roar, witness and check a poll: litewitness (Go, by filippo.io/torchwood),
 * aics-witness and the verifier aics-tlog (Python 3.12 or later, from PyPI). They are built and installed here, which takes
 * minutes the first time: `PYTHON=python3.13 npm run others`.
 */

const HERE = import.meta.dir
const AT = '/v1/shows/final/polls/mvp'
const ORIGIN = originOf('final', 'mvp')
const [LITE, AICS] = ['lite.example/w', 'aics.example/w']
/** Of a tree without leaves. */
const EMPTY_ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
const MINUTES = 60_000

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

function run(command: string[], cwd: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd })
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
  return stdout.toString().trim()
}

/** Starts a program, and waits until it answers at an address. */
async function started(command: string[], cwd: string, url: string): Promise<void> {
  const program = Bun.spawn(command, { cwd, stdio: ['ignore', 'ignore', 'ignore'] })
  closing.push(() => program.kill())
  while (endOf(program) === null) if (await fetch(url).catch(() => undefined)) return
  throw new Error(`${command[0]} ended with ${endOf(program)}`)
}

/** litewitness takes its key from an agent of SSH, and the logs that it knows from its database. */
function liteWitness(folder: string, port: number) {
  run(['go', 'build', '-o', join(folder, 'litewitness'), 'filippo.io/torchwood/cmd/litewitness'], HERE)
  run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', 'key'], folder)
  const sock = join(folder, 'agent')
  const agent = Bun.spawn(['ssh-agent', '-D', '-a', sock], { stdio: ['ignore', 'ignore', 'ignore'] })
  closing.push(() => agent.kill())
  const [, blob] = readFileSync(join(folder, 'key.pub'), 'utf8').split(' ')
  const key = new Uint8Array(Buffer.from(blob!, 'base64').subarray(-32))
  const fingerprint = run(['ssh-keygen', '-l', '-f', 'key.pub'], folder).split(' ')[1]!
  return {
    key: witnessKeyText(sha256, LITE, key),
    async start(logKey: string) {
      while (
        Bun.spawnSync(['ssh-add', '-q', 'key'], { cwd: folder, env: { SSH_AUTH_SOCK: sock } }).exitCode !== 0
      )
        await Bun.sleep(20)
      const logs = new Database(join(folder, 'logs.db'), { create: true })
      logs.run(
        'CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL)',
      )
      logs.run(
        'CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin))',
      )
      logs.run('INSERT INTO log VALUES (?, 0, ?)', [ORIGIN, EMPTY_ROOT])
      logs.run('INSERT INTO key VALUES (?, ?)', [ORIGIN, logKey])
      logs.close()
      const flags = {
        name: LITE,
        db: 'logs.db',
        'ssh-agent': sock,
        key: fingerprint,
        listen: `127.0.0.1:${port}`,
      }
      const command = Object.entries(flags).map(([flag, value]) => `-${flag}=${value}`)
      await started([join(folder, 'litewitness'), ...command], folder, `http://127.0.0.1:${port}/`)
    },
  }
}

function aicsWitness(folder: string, port: number) {
  run([process.env.PYTHON ?? 'python3', '-m', 'venv', '.'], folder)
  run(['bin/pip', 'install', '-q', '-r', join(HERE, 'requirements.txt')], folder)
  const witness = (command: string, ...flags: string[]) => [
    join(folder, 'bin/aics-witness'),
    command,
    '--config',
    'witness.json',
    ...flags,
  ]
  return {
    key: run(witness('init', '--name', AICS, '--listen', `127.0.0.1:${port}`), folder),
    async start(logKey: string) {
      run(witness('add-log', '--origin', ORIGIN, '--vkey', logKey), folder)
      await started(witness('serve'), folder, `http://127.0.0.1:${port}/`)
    },
    /** What the verifier says of a question, or why not. */
    async check(question: object): Promise<string> {
      const python = Bun.spawn([join(folder, 'bin/python'), join(HERE, 'check.py')], {
        stdin: Buffer.from(JSON.stringify(question)),
        stderr: 'pipe',
      })
      return (await new Response(python.stdout).text()) + (await new Response(python.stderr).text())
    },
  }
}

const standard = (hash: string) => Buffer.from(hash, 'base64url').toString('base64')

test(
  'two witnesses that are not ours cosign a poll, the page names them, and a verifier that is not ours checks all of it',
  async () => {
    const work = temporaryFolder()
    closing.push(() => work.remove())
    const folders = ['lite', 'aics'].map((name) => join(work.path, name)) as [string, string]
    for (const folder of folders) mkdirSync(folder)
    const [litePort, aicsPort] = (await freePorts(2)) as [number, number]
    const lite = liteWitness(folders[0], litePort)
    const aics = aicsWitness(folders[1], aicsPort)
    const witnesses = `${lite.key} http://127.0.0.1:${litePort},${aics.key} http://127.0.0.1:${aicsPort}`
    const roar = await startVoting({ flags: ['--witnesses', witnesses] })
    closing.push(async () => {
      await roar.stop()
      roar.data.remove()
    })
    const { keys } = await roar.json<JwkSet>('/v1/keys')
    const own = new Uint8Array(Buffer.from(keys[0]!.x, 'base64url'))
    const type = KEY_TYPE.ed25519
    const logKey = noteKeyText(ORIGIN, { keyId: keyIdOf(sha256, ORIGIN, own), type, key: own })
    await Promise.all([lite.start(logKey), aics.start(logKey)])

    await roar.create('mvp')
    await roar.act('mvp', 'open')
    const vote = async (name: string) => (await roar.vote('mvp', tokenOf(name), { choice: 'anna' })).receipt
    for (let i = 0; i < 5; i++) await vote(`a${i}`)
    type Heads = { heads: string[]; proof: MerklePath; inclusion: MerklePath }
    const [older] = (await roar.json<Heads>(`${AT}/heads`)).heads as [string]
    for (let i = 0; i < 7; i++) await vote(`b${i}`)
    const receipt = await vote('c')
    for (const action of ['close', 'seal', 'forget']) await roar.act('mvp', action)
    const { head } = await roar.json<Certificate>(`${AT}/certificate`)
    const { partition, offset } = receipt.place
    const size = older.split('\n')[1]!
    const { proof, inclusion } = await roar.json<Heads>(
      `${AT}/heads?from=${size}&place=${partition}:${offset}`,
    )
    const question = {
      key: logKey,
      witnesses: [lite.key, aics.key],
      older,
      newer: head!,
      growth: proof.path.map(standard),
      leaf: leafText(receipt),
      index: inclusion.index,
      path: inclusion.path.map(standard),
      tiles: `${roar.url}${AT}/tiles/`,
    }
    expect(await aics.check(question)).toBe(`${size} 13 ${LITE} ${AICS} 1 tiles, 1 bundles\n`)
    expect(await aics.check({ ...question, leaf: leafText({ ...receipt, late: true }) })).toContain(
      'not in the newer head',
    )
    expect(await aics.check({ ...question, growth: question.growth.toReversed() })).toContain('did not grow')
    expect(await aics.check({ ...question, newer: head!.replace('\n13\n', '\n14\n') })).toContain('not good')

    const browser = await openChromium()
    closing.push(() => browser.close())
    const { page } = await openWindow(browser, roar.url)
    await page.waitForSelector(
      `.poll-seen:text-is("Seen by 2 independent witnesses: \u2068${LITE} and ${AICS}\u2069.")`,
      {
        state: 'attached',
      },
    )
  },
  10 * MINUTES,
)
