import { expect, test } from 'bun:test'
import { ConfigError } from '../settings/config-error.ts'
import { runPoll } from './poll.ts'

const create = (...times: string[]) =>
  runPoll([
    'create',
    'final',
    'mvp',
    '--question',
    'Who?',
    '--token',
    't',
    '--url',
    'http://127.0.0.1:1',
    ...times,
  ])

const wrong = ['1795700000', '2026-02-30', '2026-02-30T12:00:00Z', '2026-13-01', 'tomorrow', '1', '2026-2-3']
for (const text of wrong) {
  test(`roar poll create refuses ${text} as a time, before it asks the server`, async () => {
    const refused = await create('--opens', text).catch((cause) => cause)
    expect(refused).toBeInstanceOf(ConfigError)
    expect(refused.message).toContain('--opens')
  })
}

for (const text of [
  '1795700000000',
  '2026-11-30',
  '2026-11-30T12:00Z',
  '2026-11-30T12:00:00.5+01:00',
  '2028-02-29',
]) {
  test(`roar poll create takes ${text} as a time`, async () => {
    // Nobody listens there: the time was no reason.
    await expect(create('--opens', text)).rejects.toThrow('--url')
  })
}
