import { afterAll, beforeAll, expect, spyOn, test } from 'bun:test'
import { join } from 'node:path'
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

/** Runs a command with the secret of the server's folder, and returns what it printed. */
async function show(name: string, ...argv: string[]): Promise<{ code: number; out: string; error: string }> {
  const [out, error]: string[][] = [[], []]
  using _out = spyOn(process.stdout, 'write').mockImplementation((text) => out!.push(String(text)) > 0)
  using _error = spyOn(process.stderr, 'write').mockImplementation((text) => error!.push(String(text)) > 0)
  const command = commands.find((each) => each.name === `show ${name}`)!
  const code = await command.run(['--url', roar.url, '--data', roar.data, ...argv])
  return { code, out: out!.join(''), error: error!.join('') }
}
const answer = ({ out }: { out: string }) => JSON.parse(out) as Record<string, unknown>

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
  expect(answer(made)).toMatchObject({ show: 'semi', state: 'scheduled', bar: ['six'] })
  const set = await show('set', 'semi', '--accent', '#112233', '--video', 'https://video.example/a.m3u8')
  expect(answer(set)).toMatchObject({ accent: '#112233', video: { url: 'https://video.example/a.m3u8' } })
  expect(answer(await show('start', 'semi'))).toMatchObject({ state: 'live' })
  const switched = await show('switch', 'semi', '--posts', 'off', '--sticker-off', 'fire')
  expect(answer(switched)).toMatchObject({
    switches: { posts: 'off', feed: 'on', stickers: { fire: 'off' } },
  })
  expect((await show('list', '--state', 'live')).out).toContain('semi   live   The semi-final')
  expect(await show('archive', 'semi')).toMatchObject({
    code: 1,
    error: expect.stringContaining('wrong_state'),
  })
  expect(answer(await show('end', 'semi'))).toMatchObject({ state: 'ended' })
  expect((await show('archive', 'semi')).code).toBe(0)
  expect((await show('list')).out).not.toContain('semi')
  expect(JSON.parse((await show('list', '--state', 'archived', '--json')).out)).toMatchObject([
    { show: 'semi' },
  ])
})

test('a rehearsal is wiped on the command line, and no other show', async () => {
  const made = await show('create', 'night', '--title', 'The night', '--rehearsal')
  expect(answer(made)).toMatchObject({ show: 'night', rehearsal: true })
  expect(answer(await show('wipe', 'night'))).toMatchObject({ run: 2, state: 'scheduled' })
  expect(await show('wipe', 'final')).toMatchObject({
    code: 1,
    error: expect.stringContaining('not_rehearsal'),
  })
  const file = join(folder.path, 'night.toml')
  await Bun.write(file, 'show = "night"\ntitle = "The night"\nrehearsal = true\n')
  expect(answer(await show('apply', file))).toMatchObject({ show: 'night', run: 2 })
  await Bun.write(file, 'show = "night"\ntitle = "The night"\n')
  expect(show('apply', file)).rejects.toThrow('decided when it was made')
})

test('a file makes a show, and makes it so again', async () => {
  const file = join(folder.path, 'show.toml')
  const text =
    'show = "cup"\ntitle = "The cup"\nlanguage = "de"\n[[segments]]\nsegment = "home"\ntitle = "Heim"\n'
  await Bun.write(file, text)
  expect(answer(await show('apply', file))).toMatchObject({ show: 'cup', language: 'de', version: 1 })
  expect(answer(await show('apply', file))).toMatchObject({ version: 1 })
  await Bun.write(file, text.replace('The cup', 'The other cup'))
  expect(answer(await show('apply', file))).toMatchObject({ title: 'The other cup', version: 2 })
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
    expect(answer(await show('start', 'final', ...url, '--auth-secret', secret))).toMatchObject({
      show: 'final',
    })
  } finally {
    await given.stop()
  }
})
