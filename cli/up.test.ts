import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../adapters/clock/clock.ts'
import { startRoarIn, temporaryFolder } from '../test/embedded.ts'
import { ROAR, saidIn, spawnRoar, urlOf } from '../test/roar-process.ts'

let folder: ReturnType<typeof temporaryFolder>
let taken: { port: number; stop(): void }
beforeAll(() => {
  folder = temporaryFolder()
  taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
})
afterAll(() => {
  taken.stop()
  folder.remove()
})

/** What `roar up` says on a start that cannot be, and its exit code. */
async function refusal(...flags: string[]): Promise<{ code: number; said: string }> {
  const data = flags.includes('--data') ? [] : ['--data', join(folder.path, 'data')]
  const process = Bun.spawn([ROAR, 'up', '--port', '0', ...data, ...flags], {
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const said = await new Response(process.stderr).text()
  return { code: await process.exited, said }
}

function folderWith(file: string): string {
  const data = join(folder.path, file)
  mkdirSync(data)
  writeFileSync(join(data, file), 'this was a file of ours once')
  return data
}

/** A data folder in which somebody has changed a document. */
async function folderAfter(change: string): Promise<string> {
  const data = join(folder.path, crypto.randomUUID())
  const roar = await startRoarIn(data, systemClock)
  await roar.drain()
  using db = new Database(join(data, 'roar.db'))
  db.run(change)
  return data
}

describe('a start that cannot be ends with exit code 2 and one sentence that names the setting', () => {
  test.each([
    ['a port in use', () => ['--port', `${taken.port}`], 'port: '],
    ['a port in use, of MQTT', () => ['--mqtt-port', `${taken.port}`], 'mqtt-port: '],
    ['a host that is none', () => ['--host', 'no host'], '--host: "no host" is not a host name'],
    ['every host', () => ['--host', '*'], '--host: "*" is not a host name'],
    [
      'a damaged database',
      () => ['--data', folderWith('roar.db')],
      'store: FOLDER/roar.db/roar.db cannot be opened: ',
    ],
    [
      'a damaged show',
      async () => ['--data', await folderAfter("UPDATE shows SET document = 'x'")],
      'store: a document of the table shows, of final, cannot be read: ',
    ],
    [
      'a show that is none',
      async () => ['--data', await folderAfter("UPDATE shows SET document = 'null'")],
      'store: a document of the table shows, of final, cannot be read: ',
    ],
    [
      'a show that lacks what every show has',
      async () => ['--data', await folderAfter("UPDATE shows SET document = '{}'")],
      'store: a document of the table shows, of final, cannot be read: ',
    ],
    [
      'a count that is none',
      async () => ['--data', await folderAfter("INSERT INTO moods VALUES ('final', '', '{}')")],
      'store: a document of the table moods, of final, cannot be read: ',
    ],
    [
      'a damaged key',
      async () => ['--data', await folderAfter("UPDATE signing_keys SET jwk = '{}'")],
      'store: the signing key ',
    ],
    ['a damaged log of ballots', () => ['--data', folderWith('log.db')], 'data: '],
    ['a damaged secret', () => ['--data', folderWith('auth-secret')], 'data: '],
    ['a key set that is none', () => ['--auth-jwks', import.meta.path], 'auth-jwks: '],
    [
      'what only a cluster has',
      () => ['--log', 'kafka://localhost:9092'],
      '--log: is a setting of roar ingest',
    ],
    ['several workers', () => ['--workers', '2'], 'workers: is 2'],
  ])('%s', async (_, flags, sentence) => {
    const { code, said } = await refusal(...(await flags()))
    expect(said.replace(folder.path, 'FOLDER')).toStartWith(`roar: ${sentence}`)
    expect(said.trimEnd()).not.toContain('\n')
    expect(code).toBe(2)
  })
})

test.each([
  ['every address', ['--host', '0.0.0.0']],
  ['this machine', []],
])(
  'on a free port of %s, both the greeting and the first owner’s link lead to it by one name',
  async (name, host) => {
    const roar = Bun.spawn([ROAR, 'up', '--port', '0', ...host, '--data', join(folder.path, name)], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
    try {
      const url = await urlOf(roar.stdout)
      expect(url).toMatch(/^http:\/\/localhost:[1-9]\d*$/)
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      expect(await saidIn(roar.stderr, /"link":"([^"#]+)#/)).toBe(`${url}/studio/welcome`)
    } finally {
      roar.kill()
      await roar.exited
    }
  },
)

test.each(['what? a name', 'file:name', 'é 50% #1'])('a data folder may be called %p', async (name) => {
  const above = join(folder.path, `above ${name.length}`)
  mkdirSync(above)
  const { url, process } = await spawnRoar('--data', join(above, name))
  expect((await fetch(`${url}/v1/shows/final`)).status).toBe(200)
  process.kill()
  expect(await process.exited).toBe(0)
  expect(readdirSync(above)).toEqual([name])
  expect(statSync(join(above, name, 'roar.db')).size).toBeGreaterThan(0)
  const audit = Bun.spawn([ROAR, 'audit', 'final', 'mvp', '--data', join(above, name)], { stderr: 'pipe' })
  expect(await new Response(audit.stderr).text()).toBe('roar: audit: there is no poll final/mvp\n')
  const backup = join(folder.path, `${name.length}.tar`)
  await Bun.$`${ROAR} backup ${backup} --data ${join(above, name)}`.quiet()
  const again = join(folder.path, `again ${name}`)
  const restored = await Bun.$`${ROAR} restore ${backup} --data ${again}`.text()
  expect(restored).toEndWith(`Start it with: roar up --data "${again}"\n`)
})
