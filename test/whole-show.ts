import { expect } from 'bun:test'
import { join } from 'node:path'
import type { MoodPacket } from '../protocol/packets.ts'
import { urlOf } from './roar-process.ts'

/**
 * A show from the start of an installed Roar to its end, by its own command line and by HTTP: the page, taps, a poll with a
 * vote, its seal, an audit, and a stop that passes on what was accepted. @param folder In which it may write.
 */
export async function wholeShow(command: string, folder: string): Promise<void> {
  const data = join(folder, 'data')
  const server = Bun.spawn([command, 'up', '--port', '0', '--data', data, '--log-level', 'error'], {
    cwd: folder,
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await urlOf(server.stdout)
  const roar = (...argv: string[]): string => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([command, ...argv], { cwd: folder, env: {} })
    if (exitCode !== 0) throw new Error(`roar ${argv.join(' ')} ended with ${exitCode}: ${stderr}`)
    return stdout.toString()
  }
  const post = (path: string, body: unknown, token?: string) =>
    fetch(`${url}/v1/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
  const asProducer = ['--url', url, '--data', data]

  roar('ready', '--port', new URL(url).port)
  const page = await (await fetch(url)).text()
  const [, script] = /src="([^"]+\.js)"/.exec(page)!
  expect((await fetch(new URL(script!, url))).status).toBe(200)

  const desk = `${url}/studio/shows/semi/desk`
  const [, main] = /src="([^"]+\.js)"/.exec(await (await fetch(desk)).text())!
  expect((await fetch(new URL(main!, desk))).status).toBe(200)

  roar('show', 'create', 'semi', '--title', 'The semi-final', ...asProducer)
  roar('show', 'start', 'semi', ...asProducer)
  expect((await post('shows/semi/reactions', { stickers: { heart: 3 } })).status).toBe(202)
  const mood = async () => (await (await fetch(`${url}/v1/shows/semi/mood`)).json()) as MoodPacket
  while ((await mood()).total < 3);

  const choices = ['--choice', 'anna=Anna', '--choice', 'ben=Ben', '--voters', 'guests']
  roar('poll', 'create', 'semi', 'mvp', '--question', 'Who?', ...choices, ...asProducer)
  roar('poll', 'open', 'semi', 'mvp', ...asProducer)
  const { token } = (await (await post('viewers', {})).json()) as { token: string }
  expect((await post('shows/semi/polls/mvp/votes', { choice: 'anna' }, token)).status).toBe(201)
  roar('poll', 'close', 'semi', 'mvp', ...asProducer)
  roar('poll', 'seal', 'semi', 'mvp', ...asProducer)
  expect(roar('audit', 'semi', 'mvp', '--data', data)).toContain('agree with the certificate')

  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
}
