import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { runCommand } from '../../test/command-line.ts'
import { startRoar, type TestRoar, temporaryFolder } from '../../test/embedded.ts'
import { ROAR } from '../../test/roar-process.ts'
import { commands as replays } from './replay.ts'
import { commands as shows } from './show.ts'

const folder = temporaryFolder()
let roar: TestRoar
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50')
})
afterAll(async () => {
  await roar.stop()
  folder.remove()
})

const roarCommand = (name: string, ...argv: string[]) =>
  runCommand([...replays, ...shows], name, ['--url', roar.url, '--data', roar.data, ...argv])

const SCRIPT = `title = "Two seconds"
[[taps]]
from = 0
until = 2
rate = 20
stickers = { six = 1 }
`

test('a script is played into a rehearsal on the command line, exported, and played again', async () => {
  await roarCommand('show create', 'night', '--title', 'The night', '--rehearsal')
  const script = join(folder.path, 'script.toml')
  await Bun.write(script, SCRIPT)
  const played = await roarCommand('replay', script, '--show', 'night', '--speed', '4')
  expect(played.code).toBe(0)
  expect(played.out).toMatch(/taps +40 +40 +40/)

  const file = join(folder.path, 'night.ndjson')
  expect(await roarCommand('export', 'night', '--out', file)).toMatchObject({ code: 0, out: `${file}\n` })
  const table = join(folder.path, 'night.parquet')
  await roarCommand('export', 'night', '--format', 'parquet', '--out', table)
  const bytes = await Bun.file(table).arrayBuffer()
  const rows = await parquetReadObjects({ file: bytes })
  const taps = rows.filter(({ kind }) => kind === 'mood').map(({ count }) => Number(count))
  expect(taps.reduce((sum, count) => sum + count, 0)).toBe(40)
  const report = join(folder.path, 'report.json')
  await roarCommand('show wipe', 'night')
  expect((await roarCommand('replay', file, '--show', 'night', '--speed', '20', '--json', report)).code).toBe(
    0,
  )
  expect(await Bun.file(report).json()).toMatchObject({ load: { sent: 40, counted: 40 }, faults: [] })
})

test('with --json - standard output is one JSON document', async () => {
  await roarCommand('show create', 'piped', '--title', 'Piped', '--rehearsal')
  const script = join(folder.path, 'piped.toml')
  await Bun.write(script, SCRIPT)
  const where = ['--url', roar.url, '--data', roar.data, '--show', 'piped', '--speed', '20']
  const child = Bun.spawn([ROAR, 'replay', script, ...where, '--json', '-'], {
    ...{ stdout: 'pipe', stderr: 'pipe' },
  })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  expect(JSON.parse(out)).toMatchObject({ load: { sent: 40, counted: 40 }, faults: [] })
  expect(error).toContain('OK  counted = accepted')
})

test.each([
  [['replay', 'x.toml'], '--show: is missing'],
  [['replay', '/nowhere.toml', '--show', 'night'], 'replay: /nowhere.toml cannot be read'],
  [['replay', 'nothing', '--show', 'night'], 'unknown_show: there is no show "nothing"'],
  [['replay', 'final', '--show', 'night', '--speed', '21'], 'is more than 20'],
  [['replay', 'final', '--show', 'final'], 'final is not a rehearsal'],
  [['replay', 'final', '--show', 'night', '--json', '/nowhere/at/all.json'], '--json /nowhere/at/all.json: '],
  [['export', 'nothing'], 'unknown_show: there is no show "nothing"'],
] as const)('%j is refused in a sentence', async ([name, ...argv], sentence) => {
  const refusal = await roarCommand(name, ...argv).catch((error: Error) => error.message)
  expect(refusal).toContain(sentence)
})
