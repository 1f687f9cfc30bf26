import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { runCommand } from '../../test/command-line.ts'
import { startRoar, type TestRoar, temporaryFolder } from '../../test/embedded.ts'
import { commands } from './show.ts'

const folder = temporaryFolder()
let roar: TestRoar
beforeAll(async () => {
  roar = await startRoar()
})
afterAll(async () => {
  await roar.stop()
  folder.remove()
})

/** Runs a command with the secret of the server's folder. */
const show = (step: string, ...argv: string[]) =>
  runCommand(commands, `show ${step}`, ['--url', roar.url, '--data', roar.data, ...argv])
/** The same for programs. */
const answer = async (name: string, ...argv: string[]) =>
  JSON.parse((await show(name, ...argv, '--json')).out) as Record<string, unknown>

test('a show goes through its life on the command line', async () => {
  const made = await show(
    'create',
    'semi',
    '--title',
    'The semi-final',
    '--segment',
    'home=Home',
    '--sticker',
    'six',
  )
  expect(made.out).toBe(
    'semi  scheduled, until it is started\nThe semi-final\n\nsegments  home (Home)\npacks     classic\nbar       six\n',
  )
  const set = await answer('set', 'semi', '--accent', '#112233', '--video', 'https://video.example/a.m3u8')
  expect(set).toMatchObject({ accent: '#112233', video: { url: 'https://video.example/a.m3u8' } })
  expect((await show('start', 'semi')).out).toStartWith('semi  live, until it is ended\n')
  const switched = await show('switch', 'semi', '--posts', 'off', '--text', 'held', '--sticker-off', 'fire')
  expect(switched.out).toMatch(/^switched {2}posts off, text held, fire off$/m)
  expect((await show('list', '--state', 'live')).out).toContain('semi   live   The semi-final')
  expect(await show('archive', 'semi')).toMatchObject({
    code: 1,
    error: expect.stringContaining('wrong_state'),
  })
  expect((await show('end', 'semi')).out).toStartWith('semi  ended\n')
  expect((await show('archive', 'semi')).code).toBe(0)
  expect((await show('list')).out).not.toContain('semi')
  expect(JSON.parse((await show('list', '--state', 'archived', '--json')).out)).toMatchObject([
    { show: 'semi' },
  ])
})

test('a rehearsal is wiped on the command line, and no other show', async () => {
  const made = await answer('create', 'night', '--title', 'The night', '--rehearsal')
  expect(made).toMatchObject({ show: 'night', rehearsal: true })
  expect((await show('wipe', 'night')).out).toMatch(/^night {2}scheduled, .*^rehearsal {2}run 2$/ms)
  expect(await show('wipe', 'final')).toMatchObject({
    code: 1,
    error: expect.stringContaining('not_rehearsal'),
  })
  const file = join(folder.path, 'night.toml')
  await Bun.write(file, 'show = "night"\ntitle = "The night"\nrehearsal = true\n')
  expect(await answer('apply', file)).toMatchObject({ show: 'night', run: 2 })
  await Bun.write(file, 'show = "night"\ntitle = "The night"\n')
  expect(show('apply', file)).rejects.toThrow('cannot be changed after night was created')
})

test('a file makes a show, and makes it so again', async () => {
  const file = join(folder.path, 'show.toml')
  const text =
    'show = "cup"\ntitle = "The cup"\nlanguage = "de"\n[[segments]]\nsegment = "home"\ntitle = "Heim"\n'
  await Bun.write(file, text)
  expect(await answer('apply', file)).toMatchObject({ show: 'cup', language: 'de', version: 1 })
  expect(await answer('apply', file)).toMatchObject({ version: 1 })
  await Bun.write(file, text.replace('The cup', 'The other cup'))
  expect(await answer('apply', file)).toMatchObject({ title: 'The other cup', version: 2 })
})

test('times of a file are dates of TOML, or milliseconds', async () => {
  const file = join(folder.path, 'times.toml')
  const at = (starts: string) => `show = "dawn"\ntitle = "Dawn"\nstarts = ${starts}\n`
  await Bun.write(file, at('2099-11-30T21:00:00+01:00'))
  const starts = Date.parse('2099-11-30T20:00:00Z')
  expect(await answer('apply', file)).toMatchObject({ starts, version: 1 })
  await Bun.write(file, at(`${starts}`))
  expect(await answer('apply', file)).toMatchObject({ starts, version: 1 })
})

test.each([
  ['starts = inf', 'starts is Infinity, which is not a number that JSON has'],
  ['starts = 1e400', 'starts is Infinity'],
  ['rules = { postEveryMs = nan }', 'rules.postEveryMs is NaN'],
  ['starts = 2026-11-30T20:00:00', 'starts is 2026-11-30T20:00:00, which has no day, no time or no zone'],
  ['starts = 20:00:00', 'starts is 20:00:00, which has no day'],
  [`[${'a.'.repeat(50_000)}b]\nc = 1`, 'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a is nested too deeply'],
  ['title = "another"', "line 3: Cannot redefine key 'title'"],
])('a file that says what no show can be changes nothing: %p', async (line, sentence) => {
  const file = join(folder.path, 'hostile.toml')
  const text = 'show = "dusk"\ntitle = "Dusk"\n'
  await Bun.write(file, `${text}starts = 2099-11-30T20:00:00Z\n`)
  const before = await answer('apply', file)
  await Bun.write(file, `${text}${line}\n`)
  expect(await show('apply', file).catch(({ message }: Error) => message)).toStartWith(
    `${file}: cannot be read: ${sentence}`,
  )
  await Bun.write(file, text)
  expect(await answer('apply', file)).toEqual(before)
})

test.each([
  [['create', 'semi'], '--title: is missing'],
  [['create', 'semi', '--title', 'T', '--segment', 'home'], '--segment: "home" is not ID=TITLE'],
  [['apply', '/nowhere.toml'], '/nowhere.toml: cannot be read'],
  [['list', '--state', 'dead'], '--state: "dead" is not one of'],
] as const)('%j is refused in a sentence', async ([name, ...argv], sentence) => {
  const refusal = await show(name, ...argv).catch((error: Error) => error.message)
  expect(refusal).toStartWith(sentence)
})

test('a server that was given its secret takes the commands of whoever has it', async () => {
  const secret = 'one that no data folder has: 32 characters'
  const given = await startRoar('--auth-secret', secret)
  const url = ['--url', given.url]
  try {
    expect((await show('start', 'final', ...url, '--auth-secret', secret)).out).toStartWith('final  live')
    const { code, error } = await show('start', 'final', ...url)
    expect(error).toEndWith(
      `; it was signed with the secret in ${join(roar.data, 'auth-secret')}: does the server use another?\n`,
    )
    expect(code).toBe(1)
  } finally {
    await given.stop()
  }
})
