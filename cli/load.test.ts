import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FixtureServer } from '../load/fixture-server.ts'
import { heard } from '../test/command-line.ts'
import { temporaryFolder } from '../test/embedded.ts'
import { ROAR } from '../test/roar-process.ts'
import { runLoad } from './load.ts'
import { secretOf } from './load-votes.ts'

const command = (...argv: string[]) => heard(() => runLoad(argv))

const SHORT = ['--viewers', '3', '--rate', '500', '--seconds', '1']

describe('a bad flag is one plain sentence and exit code 2', () => {
  const bad: [argv: string[], says: RegExp][] = [
    [['--viewer', '3'], /--viewer: is not a flag of roar load; did you mean --viewers\?/],
    [['--viewers'], /--viewers/],
    [['--viewers', '0'], /--viewers: "0" is not a whole number from 1/],
    [['--viewers', 'many'], /--viewers: "many" is not a whole number/],
    [['--rate', '1.5'], /--rate: "1.5" is not a whole number/],
    [['--rate=-5'], /--rate: "-5" is not a whole number/],
    [['--seconds', '1e9'], /--seconds: "1e9" is not a whole number/],
    [['--burst', '101'], /--burst: "101" is not a whole number from 1 to 100/],
    [['--processes', '0'], /--processes: "0" is not a whole number from 1/],
    [['--shape', 'toString'], /--shape: "toString" is not one of: steady, match, storm/],
    [['--show', 'No Show'], /--show: "No Show" is not an id/],
    [['--url', 'localhost'], /--url: "localhost" is not an http or https address/],
    [['--json', '/no/such/folder/x.json'], /--json \/no\/such\/folder\/x.json: /],
    [['--html', '/no/such/folder/x.html'], /--html \/no\/such\/folder\/x.html: /],
    [['--p99-ms', '0'], /--p99-ms: "0" is not a whole number from 1/],
    [['--lost=-1'], /--lost: "-1" is not a whole number from 0/],
    [['extra'], /^roar load: "extra": is too many: roar load accepts only flags\n$/],
    [['--viewers'], /^roar load: --viewers: has no value\n$/],
    [['--viewers', '--rate', '5'], /^roar load: --viewers: has no value\n$/],
    [['--votes'], /--data, --secret-file or --secret: give one of them/],
    [
      ['--votes', '--secret', 'a', '--secret-file', 'b'],
      /--data, --secret-file or --secret: give one of them/,
    ],
    [['--votes', '--data', '/no/such/folder'], /\/no\/such\/folder\/auth-secret cannot be read/],
    [['--votes', '--secret-file', '/no/such/file'], /--secret-file \/no\/such\/file: /],
    [['--votes', '--secret', 'a', '--viewers', '0'], /--viewers: "0" is not a whole number from 1/],
    [['--votes', '--secret', 'a', '--poll', 'No Poll'], /--poll: "No Poll" is not an id/],
    [['--votes', '--secret', 'a', '--shape', 'match'], /--shape: is not a flag of roar load/],
    [['--votes', '--secret', 'a', '--twice', '101'], /--twice: "101" is not a whole number from 0/],
    [['--votes', '--secret', 'a', '--twice', '60', '--cut', '60'], /more than all viewers/],
  ]
  for (const [argv, says] of bad) {
    test(argv.join(' '), async () => {
      const { code, error } = await command(...argv)
      expect(code).toBe(2)
      expect(error).toMatch(says)
      expect(error.trim().split('\n')).toHaveLength(1)
    })
  }
})

describe('a run that cannot begin is one plain sentence and exit code 2', () => {
  test('no server', async () => {
    const { code, error } = await command('--url', 'http://127.0.0.1:1', ...SHORT)
    expect(code).toBe(2)
    expect(error).toMatch(/^roar load: http:\/\/127.0.0.1:1 cannot be reached: nothing listens there\n$/)
  })

  test('no server at ROAR_URL', () => {
    const env = { ...process.env, ROAR_URL: 'http://127.0.0.1:1' }
    const { stderr } = Bun.spawnSync([ROAR, 'load', ...SHORT], { env, stderr: 'pipe' })
    expect(stderr.toString()).toContain('http://127.0.0.1:1 cannot be reached')
  })

  test('no such show', async () => {
    await using server = new FixtureServer()
    const { code, error } = await command('--url', server.url, '--show', 'other', ...SHORT)
    expect(code).toBe(2)
    expect(error).toMatch(/has no show "other"\n$/)
  })
})

describe('the exit code is the verdict', () => {
  test('0 when all was counted; the result is written as JSON', async () => {
    await using server = new FixtureServer()
    const json = `${process.env.TMPDIR ?? '/tmp'}/roar-load-${process.pid}.json`
    const { code, out } = await command('--url', server.url, '--json', json, ...SHORT)
    expect(out).toContain('OK  counted = accepted')
    expect(code).toBe(0)
    const file = Bun.file(json)
    expect(await file.json()).toMatchObject({ sent: 500, accepted: 500, counted: 500, verdict: { ok: true } })
    await file.delete()
  })

  test('1 when it was slower than allowed', async () => {
    await using server = new FixtureServer()
    const { code, out } = await command('--url', server.url, '--p99-ms', '1', ...SHORT)
    expect(out).toMatch(/FAULT {2}Tap to packet took \d+ ms at p99: 1 ms were allowed/)
    expect(code).toBe(1)
  })

  test('1 when a burst was lost, and it says how much', async () => {
    await using server = new FixtureServer({ dropsBurst: true })
    const { code, out } = await command('--url', server.url, '--settle', '5', ...SHORT)
    expect(out).toMatch(/FAULT {2}Lost \d+ of 500 accepted taps/)
    expect(code).toBe(1)
  })
})

test('the result as a page has its verdict, its numbers and its lines, and nothing that it needs from elsewhere', async () => {
  await using server = new FixtureServer()
  const html = `${process.env.TMPDIR ?? '/tmp'}/roar-load-${process.pid}.html`
  await command('--url', server.url, '--html', html, ...SHORT)
  const page = await Bun.file(html).text()
  expect(page).toContain('OK  counted = accepted')
  expect(page).toContain('<th scope="row">accepted</th><td>500</td>')
  expect(page).toMatch(/<td>p50<\/td><td>p90<\/td><td>p99<\/td><td>max<\/td>/)
  expect(page).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d UTC, roar \d/)
  expect(page.match(/<path /g)).toHaveLength(5)
  expect(page).not.toMatch(/(src|href)=|url\(|@import/)
  await Bun.file(html).delete()
})

test('with --json - standard output is one JSON document', async () => {
  await using server = new FixtureServer()
  const child = Bun.spawn([ROAR, 'load', '--url', server.url, '--json', '-', ...SHORT], {
    ...{ stdout: 'pipe', stderr: 'pipe' },
  })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  expect(JSON.parse(out)).toMatchObject({ sent: 500, verdict: { ok: true } })
  expect(error).toContain('OK  counted = accepted')
})

test('the secret is what the server reads from the same place: text from its file, bytes from its data folder', () => {
  using folder = temporaryFolder()
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  writeFileSync(
    join(folder.path, 'auth-secret'),
    bytes.toBase64({ alphabet: 'base64url', omitPadding: true }),
  )
  expect(secretOf({ data: folder.path })).toEqual(bytes)
  // As long as a generated one, and of the same characters.
  const text = join(folder.path, 'text')
  writeFileSync(text, `${'s'.repeat(43)}\n`)
  expect(secretOf({ 'secret-file': text })).toEqual(new TextEncoder().encode('s'.repeat(43)))
})
