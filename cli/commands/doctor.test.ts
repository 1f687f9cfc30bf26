import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { runCommand } from '../../test/command-line.ts'
import { startRoar, temporaryFolder } from '../../test/embedded.ts'
import { commands } from './doctor.ts'

const doctor = (...argv: string[]) => runCommand(commands, 'doctor', argv)

test('a server that is well, and one that is not there yet, are no illness', async () => {
  const roar = await startRoar()
  const { port } = new URL(roar.url)
  const there = await doctor('--port', port, '--data', roar.data)
  expect(there).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^ok +server +http:\/\/127.0.0.1:\d+ is ready$/m),
  })
  await roar.stop()
  using folder = temporaryFolder()
  const gone = await doctor('--port', port, '--data', join(folder.path, 'not', 'there', 'yet'))
  expect(gone).toMatchObject({ code: 0, out: expect.stringMatching(/^ok +server +nothing listens at /m) })
})

test('settings that cannot be, parts that do not answer and strangers at our port are named', async () => {
  expect(await doctor('edge')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^bad +settings +upstream: is missing/m),
  })
  const edge = await doctor('edge', '--port', '1', '--upstream', 'mqtt://127.0.0.1:1')
  expect(edge).toMatchObject({ code: 1, out: expect.stringMatching(/^bad +upstream +127.0.0.1:1 is not: /m) })
  using stranger = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hello') })
  const taken = await doctor('--port', `${stranger.port}`)
  expect(taken).toMatchObject({ code: 1, out: expect.stringContaining('is not a Roar') })
  const kafka = [
    '--log',
    'kafka://127.0.0.1:1',
    '--auth-secret',
    'a-secret-of-at-least-thirty-two-characters',
  ]
  const studio = await doctor(
    'studio',
    '--port',
    '1',
    ...kafka,
    '--store',
    'postgres://me:hunter2@127.0.0.1:1/roar',
  )
  expect(studio.out).toMatch(/^bad +log +Kafka at 127.0.0.1:1: /m)
  expect(studio.out).toMatch(/^bad +store +postgres:\/\/me:\(hidden\)@127.0.0.1:1\/roar: /m)
}, 120_000)
