import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { bundlePages } from '../cli/page-files.ts'
import { bundleStudio } from '../cli/studio-files.ts'
import { openapi } from '../services/openapi.ts'
import { BUILT_COMMIT, buildRoar, copyRoar } from '../test/built-roar.ts'
import { temporaryFolder } from '../test/embedded.ts'
import { HANG_MS } from '../test/hang.ts'
import { spawnRoarBy } from '../test/roar-process.ts'
import { wholeShow } from '../test/whole-show.ts'

const folder = temporaryFolder()
const roar = join(folder.path, 'roar')
beforeAll(() => copyRoar(roar), HANG_MS)
afterAll(() => folder.remove())

const run = (...argv: string[]) =>
  Bun.spawnSync([roar, ...argv], { cwd: folder.path, env: {}, stdout: 'pipe', stderr: 'pipe' })

// What is built twice below has the files that were bundled once: that they are the same again is shown here.
test.each([
  ['the pages', bundlePages],
  ['the studio', bundleStudio],
])('the same tree gives the same files of %s, name by name', async (_, bundled) => {
  const [one, two] = [await bundled(), await bundled()]
  expect(Object.keys(one).sort()).toEqual(Object.keys(two).sort())
  for (const [path, { bytes }] of Object.entries(one)) expect(bytes).toEqual(two[path]!.bytes)
})

test('one commit is one binary, with nothing in it of the folder in which it was built', async () => {
  const again = join(folder.path, 'again/roar')
  await buildRoar(again)
  const [one, two] = [await Bun.file(roar).bytes(), await Bun.file(again).bytes()]
  expect(Buffer.compare(one, two)).toBe(0)
  expect(Buffer.from(one).indexOf(join(import.meta.dir, '..'))).toBe(-1)
})

test('one file says its version and needs nothing beside it', () => {
  expect(run('version').stdout.toString()).toContain(BUILT_COMMIT)
  // The client of Kafka brings a file of its own: it gets as far as the network.
  const topics = run('topics', '--log', 'kafka://127.0.0.1:1', '--check')
  expect([topics.stdout, topics.stderr].join('')).toContain('nothing listens at 127.0.0.1:1')
})

test('what the folder in which it is started says of settings and scripts is not read', async () => {
  await Bun.write(join(folder.path, '.env'), 'ROAR_WINDOW_MS=nonsense')
  await Bun.write(join(folder.path, 'bunfig.toml'), 'preload = ["./stranger.ts"]')
  await Bun.write(join(folder.path, 'stranger.ts'), 'console.log("stranger")')
  expect(run('check-config', 'up')).toMatchObject({ exitCode: 0 })
  const checkout = join(import.meta.dir, '../roar')
  const { exitCode, stdout } = Bun.spawnSync([checkout, 'check-config', 'up'], { cwd: folder.path, env: {} })
  expect([exitCode, stdout.toString()]).toEqual([0, expect.not.stringContaining('stranger')])
})

test('it runs a whole show, from the page to the audit', () => wholeShow(roar, folder.path))

test('it describes its calls as the checkout does, and processes that it starts beside itself are itself', async () => {
  const up = await spawnRoarBy([roar, 'up'], '--data', join(folder.path, 'loaded'))
  const described = await (await fetch(`${up.url}/openapi.json`)).json()
  expect(described).toEqual(JSON.parse(JSON.stringify(await openapi())))
  const few = ['--viewers', '4', '--rate', '40', '--seconds', '1', '--processes', '2']
  const load = Bun.spawn([roar, 'load', '--url', up.url, ...few], { stdout: 'pipe', env: {} })
  expect([await load.exited, await new Response(load.stdout).text()]).toEqual([0, expect.any(String)])
  up.process.kill('SIGTERM')
  expect(await up.process.exited).toBe(0)
})
