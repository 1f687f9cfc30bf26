import { afterAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../../test/command-line.ts'
import { startRoar, temporaryFolder } from '../../test/embedded.ts'
import { SECRET, tokenOf, votingClient } from '../../test/polls/voting.ts'
import { commands } from './audit.ts'

const work = temporaryFolder()
afterAll(() => work.remove())
/** People read the first statement, and programs the last. */
const TWICE = join(work.path, 'twice.json')
writeFileSync(TWICE, '{"statement":{"viewers":9},"statement":{"viewers":1}}')

const audit = (...argv: string[]) => runCommand(commands, 'audit', argv)

test('an audit of a running server agrees with its tally, for people and for programs', async () => {
  const roar = await startRoar('--auth-secret', SECRET, '--window-ms', '50')
  try {
    const client = votingClient(roar.url)
    await client.create('mvp', { visibility: 'live' })
    await client.act('mvp', 'open')
    expect((await client.vote('mvp', tokenOf('ann'), { choice: 'anna' })).status).toBe(201)
    await client.counted('mvp', 1)
    const { code, out } = await audit('final', 'mvp', '--data', roar.data)
    expect(out).toContain('final/mvp: 1 ballot, 1 viewer,')
    expect(out).toContain('agree with the live tally')
    expect(code).toBe(0)
    const { out: json } = await audit('final', 'mvp', '--json', '--data', roar.data)
    expect(JSON.parse(json)).toMatchObject({ ballots: 1, agrees: true, findings: [] })
  } finally {
    await roar.stop()
  }
})

test.each([
  [['final'], 'audit: POLL is missing: roar audit SHOW POLL'],
  [['final', 'mvp', '--certificate', '/nowhere'], '--certificate: "/nowhere" cannot be read'],
  [['final', 'mvp', '--certificate', join(import.meta.dir, 'audit.ts')], 'is not JSON'],
  [['final', 'mvp', '--certificate', TWICE], 'an object in it has a name twice'],
  [['final', 'mvp', '--certificate', join(import.meta.dir, '../../package.json')], 'is not a certificate'],
  [['final', 'mvp', '--log', 'kafka://k:9092'], 'store: is missing'],
  [['final', 'mvp', '--spark', 'sc://s:1'], '--spark: is a setting of the servers'],
])('%j is one sentence', async (argv, sentence) => {
  expect(commands[0]!.run(argv)).rejects.toThrow(sentence)
})
