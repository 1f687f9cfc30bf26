import { afterEach, beforeEach, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { type Assembly, assemble } from '../../cli/assembly/assemble.ts'
import { commands as token } from '../../cli/commands/token.ts'
import { readConfig } from '../../cli/config.ts'
import { up } from '../../cli/roles/up.ts'
import { runCommand } from '../command-line.ts'
import { temporaryFolder } from '../embedded.ts'
import { invited, ownerOf, PASSWORD, studioClient, tokenIn } from './studio-client.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

/** A server, and the links that it writes to its log: each is there before `until` resolves. */
async function start(...flags: string[]): Promise<Assembly & { log: () => string; link: Promise<string> }> {
  const link = Promise.withResolvers<string>()
  let log = ''
  const write = (line: string) => {
    log += line
    const { link: said } = JSON.parse(line) as { link?: string }
    if (said !== undefined) link.resolve(said)
  }
  const argv = ['--port', '0', '--data', folder.path, ...flags]
  const config = readConfig({ argv, env: {} })
  const logger = pino({ level: 'info' }, { write })
  const roar = await assemble({ ...up, config, clock: systemClock, logger })
  return { ...roar, log: () => log, link: link.promise }
}

test('the first owner is made by the link in the log, once, and no later start writes another', async () => {
  const first = await start('--public-url', 'https://roar.example')
  const link = await first.link
  expect(link).toStartWith('https://roar.example/studio/welcome#token=')
  const client = studioClient(first.url)
  const olga = { token: tokenIn(link), password: PASSWORD, email: 'olga@stadium.example' }
  expect((await client.send('POST', '/people/welcome', { ...olga, email: undefined })).status).toBe(400)
  expect((await client.send('POST', '/people/welcome', olga)).body).toMatchObject({
    name: 'olga',
    roles: [{ role: 'owner' }],
  })
  const again = { ...olga, email: 'other@stadium.example' }
  expect((await client.send('POST', '/people/welcome', again)).body).toMatchObject({ code: 'unknown_link' })
  expect(first.log().split(tokenIn(link))).toHaveLength(2)
  await first.drain()
  const second = await start()
  expect((await studioClient(second.url).signIn('olga@stadium.example')).status).toBe(201)
  await second.drain()
  expect(second.log()).not.toContain('/studio/welcome')
})

test('of the links of several starts the first that is used is the last that is good', async () => {
  const links: string[] = []
  for (let i = 0; i < 2; i++) {
    const roar = await start()
    links.push(await roar.link)
    await roar.drain()
  }
  const roar = await start()
  await roar.link
  const use = (link: string, email: string) =>
    studioClient(roar.url).send('POST', '/people/welcome', {
      token: tokenIn(link),
      password: PASSWORD,
      email,
    })
  expect((await use(links[0]!, 'a@stadium.example')).status).toBe(200)
  expect((await use(links[1]!, 'b@stadium.example')).body).toMatchObject({ code: 'unknown_link' })
  await roar.drain()
})

test('an operator makes a further owner with the data folder, while the server runs', async () => {
  const roar = await start()
  await ownerOf(roar as never)
  const linkAt = async (...argv: string[]) =>
    (await runCommand(token, 'token owner-link', ['--data', folder.path, ...argv])).out
  const link = await linkAt('--public-url', 'https://roar.example')
  expect(link).toMatch(/^https:\/\/roar\.example\/studio\/welcome#token=[\w-]{43}\n$/)
  expect(await linkAt('--host', '::')).toStartWith('http://localhost:7766/studio/welcome#token=')
  const client = studioClient(roar.url)
  const next = { token: tokenIn(link.trim()), password: PASSWORD, email: 'next@stadium.example' }
  expect((await client.send('POST', '/people/welcome', next)).status).toBe(200)
  await client.signIn(next.email)
  const { status } = await (
    await invited(client, roar.url, { email: 'x@stadium.example', roles: [{ role: 'analyst' }] })
  ).send('GET', '/shows')
  expect(status).toBe(200)
  await roar.drain()
})

test('a folder without a store has no owner to make', async () => {
  const link = runCommand(token, 'token owner-link', ['--data', folder.path])
  await expect(link).rejects.toThrow('does not exist')
})

test('a store that is damaged is named by its file', async () => {
  const file = join(folder.path, 'roar.db')
  writeFileSync(file, 'this was a database once')
  const link = runCommand(token, 'token owner-link', ['--data', folder.path])
  await expect(link).rejects.toThrow(`store: ${file} cannot be opened: `)
})
