import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRoar, type TestRoar } from '../../test/embedded.ts'
import { LoadError } from '../find-show.ts'
import { tokenSigner } from '../votes-plan.ts'
import { readRecording } from './recording.ts'
import { type ReplayOptions, replay } from './replay.ts'
import { replayTable } from './report.ts'
import { readScript } from './script.ts'
import { type Stage, stageOver } from './stage.ts'
import { guestViewers, signedViewers } from './viewers.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'
const secret = new TextEncoder().encode(SECRET)
let roar: TestRoar
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50', '--auth-secret', SECRET)
})
afterAll(() => roar.stop())

const studio = async (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) => {
  const token = tokenSigner(secret)({ sub: 'pat', role: 'producer', exp: Date.now() / 1000 + 600 })
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(roar.url + path, {
    ...{ method, headers: { authorization: `Bearer ${token}` } },
    ...sent,
  })
  return { ok: response.ok, body: (await response.json()) as Record<string, unknown> }
}
const options = (show: string): ReplayOptions => ({
  ...{ url: roar.url, show, speed: 20, viewers: 3, burst: 5, seed: 7, settleSeconds: 30, real: false },
  makeViewer: signedViewers(secret),
  stage: stageOver(studio, { show, voters: 'signed-in' }),
})
const watch = () => ({ onProgress: () => {}, stop: new AbortController().signal })
const makeRehearsal = (show: string) =>
  studio('POST', '/v1/studio/shows', {
    ...{ show, title: show, rehearsal: true },
    segments: ['home', 'away'].map((segment) => ({ segment, title: segment })),
  })
const script = () => readScript(readFileSync(join(import.meta.dir, '../../examples/final.toml'), 'utf8'))

test('the example is played: what is sent is accepted and counted, and what came of it is a recording that gives the same', async () => {
  await makeRehearsal('night')
  const result = await replay(script(), options('night'), watch())
  expect(result.faults).toEqual([])
  expect(result.notes).toEqual([])
  const { load, votes, posts } = result
  expect([load.sent, load.accepted, load.counted]).toEqual([1500, 1500, 1500])
  expect(votes).toEqual({ sent: 100, accepted: 100, refused: {}, unanswered: 0 })
  expect(posts).toMatchObject({ sent: 13, accepted: 13 })
  expect(result.ballots).toBe(100)
  expect(replayTable(result)).toContain('OK  counted = accepted.')
  const { body: poll } = await studio('GET', '/v1/studio/shows/night/polls/mvp')
  expect(poll).toMatchObject({
    state: 'closed',
    tally: { withQuarantined: { counts: { anna: 60, ben: 40 } } },
  })

  const token = tokenSigner(secret)({ sub: 'pat', role: 'producer', exp: Date.now() / 1000 + 600 })
  const response = await fetch(`${roar.url}/v1/studio/shows/night/recording`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(response.headers.get('content-type')).toStartWith('application/x-ndjson')
  const recording = readRecording(await response.text())
  await makeRehearsal('again')
  const again = await replay(recording, options('again'), watch())
  expect(again.faults).toEqual([])
  expect([again.load.sent, again.load.counted, again.votes.accepted, again.ballots]).toEqual([
    1500, 1500, 100, 100,
  ])
  const counts = async (show: string) =>
    (await fetch(`${roar.url}/v1/shows/${show}/polls/mvp`).then((r) => r.json())) as { counts: object }
  expect((await counts('again')).counts).toEqual((await counts('night')).counts)
})

test('a rehearsal that was wiped is played into again, and its poll is found under its next id', async () => {
  await studio('POST', '/v1/studio/shows/night/wipe')
  const result = await replay(script(), options('night'), watch())
  expect(result.faults).toEqual([])
  expect([result.load.counted, result.ballots]).toEqual([1500, 100])
  const { body } = await studio('GET', '/v1/studio/shows/night/polls')
  expect(body).toMatchObject([{ poll: 'mvp-r2', state: 'closed' }])
})

test('a wiped poll whose draft was reworded is made anew under an id that no poll of the show ever had', async () => {
  await studio('POST', '/v1/studio/shows/night/wipe')
  await studio('PATCH', '/v1/studio/shows/night/polls/mvp-r3', { question: 'Who was the best?' })
  const { open } = stageOver(studio, { show: 'night', voters: 'signed-in' })
  const [line] = script().polls
  expect(await open(line!)).toBe('mvp-2')
})

test('a show that is no rehearsal is not played into unless that is said', async () => {
  const refusal = replay(script(), options('final'), watch())
  expect(refusal).rejects.toThrow(LoadError)
  expect(refusal).rejects.toThrow('final is not a rehearsal')
})

test('guests play where nobody has a secret, in a poll that is open, and what cannot be played is said', async () => {
  await makeRehearsal('guests')
  await studio('POST', '/v1/studio/shows/guests/start')
  const short = readRecording(
    [
      { line: 'recording', version: 1, title: 'Short' },
      { line: 'taps', at: 0, ms: 1000, segment: 'sideways', sticker: 'six', count: 7 },
      { line: 'taps', at: 0, ms: 1000, segment: '', sticker: 'nowhere', count: 9 },
      { line: 'post', at: 10, sticker: 'six' },
      {
        ...{ line: 'poll', at: 0, closes: 500, poll: 'mvp', question: 'Who?', kind: 'one', max: 1 },
        choices: ['a', 'b'].map((choice) => ({ choice, title: choice })),
      },
      { line: 'votes', poll: 'mvp', segment: '', choice: 'a', count: 3 },
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  )
  const { stage: _, ...stranger } = { ...options('guests'), makeViewer: guestViewers(roar.url) }
  const result = await replay(short, stranger, watch())
  expect(result.faults).toEqual([])
  expect(result.load).toMatchObject({ sent: 7, accepted: 7, counted: 7 })
  expect(result.posts.accepted).toBe(1)
  expect(result.votes.sent).toBe(0)
  expect(result.notes).toEqual([
    'Left out: 9 taps, as the show has no nowhere.',
    'The show has no segment sideways: its viewers are of none.',
    'Nobody is here to open polls: those that are open are voted in.',
    'The poll mvp is not open: nobody votes in it.',
  ])
})

test('a replay that fails stops: its taps end, no progress follows, and what it opened is closed', async () => {
  await makeRehearsal('torn')
  const poll = (poll: string, at: number) => ({
    ...{ line: 'poll', at, closes: 600_000, poll, question: `Who is ${poll}?`, kind: 'one', max: 1 },
    choices: ['a', 'b'].map((choice) => ({ choice, title: choice })),
  })
  const long = readRecording(
    [
      { line: 'recording', version: 1, title: 'Half a minute' },
      { line: 'taps', at: 0, ms: 600_000, segment: '', sticker: 'six', count: 6000 },
      ...[poll('first', 0), poll('second', 4000), poll('third', 8000)],
      { line: 'votes', poll: 'first', segment: '', choice: 'a', count: 300 },
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  )
  const opened: string[] = []
  const asked = options('torn')
  const stage: Stage = {
    ...asked.stage!,
    async open(line) {
      opened.push(line.poll)
      if (line.poll === 'second') throw new LoadError('the show has ended')
      return asked.stage!.open(line)
    },
  }
  let isOver = false
  let late = 0
  const onProgress = () => {
    if (isOver) late++
  }
  const failed = replay(long, { ...asked, stage }, { ...watch(), onProgress }).finally(() => {
    isOver = true
  })
  expect(failed).rejects.toThrow('the show has ended')
  await failed.catch(() => {})
  const { body: polls } = await studio('GET', '/v1/studio/shows/torn/polls')
  expect(polls).toMatchObject([{ poll: 'first', state: 'closed' }])
  // Longer than it takes until the next poll is due, than a window, and than a second, after which there is progress.
  const totalNow = async () =>
    ((await (await fetch(`${roar.url}/v1/shows/torn/mood`)).json()) as { total: number }).total
  let before: number
  let total = await totalNow()
  do {
    before = total
    await Bun.sleep(1500)
    total = await totalNow()
  } while (total > before)
  expect(total).toBeLessThan(6000)
  expect([opened, late]).toEqual([['first', 'second'], 0])
})

test('a proxy that makes no guests, and says so with no JSON, is told in a sentence', async () => {
  const fetch = () => new Response('<h1>Bad Gateway</h1>', { status: 502 })
  await using proxy = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch })
  const refusal = guestViewers(proxy.url.origin)('Ada', '').catch((error: Error) => error.message)
  expect(await refusal).toContain('issues no guest tokens (status 502)')
})

test.each([
  ['{"line":"taps"}', 'line 1 of the recording: at'],
  ['nonsense', 'line 1 of the recording is not JSON'],
  ['{"line":"recording","version":2,"title":"x"}', 'line 1 of the recording: version'],
  ['{"line":"post","at":1}', 'not a recording'],
  ['7', 'line 1 of the recording: Invalid'],
  [
    '{"line":"recording","version":1,"title":"x"}\n{"line":"votes","poll":"p","segment":"","choice":"a","count":1}',
    'votes for a in p',
  ],
])('%s is refused in a sentence', (text, sentence) => {
  expect(() => readRecording(text)).toThrow(sentence)
})

test.each([
  ['title = 1', 'the script: title'],
  ['title = "x"\n[[taps]]\nfrom = 2\nuntil = 1\nrate = 1\nstickers = { six = 1 }', 'until is 1'],
  ['title = "x"\n[[taps]]\nfrom = 0\nuntil = 1\nrate = 1\nstickers = { six = inf }', 'the script: taps'],
  ['title = "x"\nspeed = 3', 'the script: speed'],
  ['title = "x"\ntitle', 'the script cannot be read: line 2: '],
])('the script %j is refused in a sentence', (text, sentence) => {
  expect(() => readScript(text)).toThrow(sentence)
})
