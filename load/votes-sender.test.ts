import { expect, test } from 'bun:test'
import { clockMs } from './clock.ts'
import { FixtureServer } from './fixture-server.ts'
import { resolveTarget } from './target.ts'
import { VoteSender } from './votes-sender.ts'

test('whoever sends after the end is told at once, as is whoever waited then', async () => {
  await using server = new FixtureServer()
  const target = await resolveTarget(server.url)
  const sender = new VoteSender({ target, connectionsMax: 1, clock: clockMs })
  const told: string[] = []
  const send = (name: string) =>
    sender.send({ request: '', done: ({ kind }) => told.push(`${name}: ${kind}`) })
  send('waiting')
  sender.close()
  send('late')
  expect(told).toEqual(['waiting: unsent', 'late: unsent'])
})
