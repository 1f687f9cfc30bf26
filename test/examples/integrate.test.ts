import { afterAll, beforeAll, expect, test } from 'bun:test'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRoar, type TestRoar, temporaryFolder } from '../embedded.ts'
import { needs } from '../needs.ts'
import { ROAR } from '../roar-process.ts'

/** docs/integrate.md, followed literally in an empty folder. */
const GUIDE = await Bun.file(join(import.meta.dir, '../../docs/integrate.md')).text()
const SECRET = 'a-secret-that-this-test-shares-with-nobody'

const blocks = (language: string): string[] =>
  Array.from(GUIDE.matchAll(/^```(\w+)\n(.*?)^```$/gms)).flatMap(([, of, text]) =>
    of === language ? [text!] : [],
  )
const block = (language: string, holds: string): string => {
  const found = blocks(language).filter((text) => text.includes(holds))
  expect(found).toHaveLength(1)
  return found[0]!
}

let roar: TestRoar
const folder = temporaryFolder()
const at = (name: string): string => join(folder.path, name)

beforeAll(async () => {
  writeFileSync(at('auth-secret'), `${SECRET}\n`, { mode: 0o600 })
  symlinkSync(ROAR, at('roar'))
  roar = await startRoar('--auth-secret-file', at('auth-secret'))
})
afterAll(async () => {
  await roar.stop()
  folder.remove()
})

async function run(command: string[], env: Record<string, string> = {}): Promise<string> {
  const child = Bun.spawn(command, {
    cwd: folder.path,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdin: 'ignore',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  expect({ command: command[0], code, err: code === 0 ? '' : `${err}${out}` }).toMatchObject({ code: 0 })
  return out.trim()
}

/** Commands as in the guide, with this server's address. */
const shell = (text: string, env: Record<string, string> = {}) =>
  run(['bash', '-euo', 'pipefail', '-c', text.replaceAll('http://localhost:7766', roar.url)], {
    PATH: `${folder.path}:${process.env.PATH}`,
    ROAR_DATA: roar.data,
    ROAR_URL: roar.url,
    ROAR_AUTH_SECRET_FILE: at('auth-secret'),
    URL: roar.url,
    ...env,
  })

const LANGUAGES: [language: string, file: string, program: string, command: string[]][] = [
  ['js', 'token.mjs', 'node', ['node', 'token.mjs']],
  ['python', 'token.py', 'python3', ['python3', 'token.py']],
  ['go', 'token.go', 'go', ['go', 'run', 'token.go']],
  ['java', 'Token.java', 'javac', ['java', 'Token.java']],
]

for (const [language, file, program, command] of LANGUAGES) {
  test.skipIf(!needs(program))(
    `a token signed in ${language} as the guide says is one that the server takes`,
    async () => {
      writeFileSync(at(file), block(language, 'HS256'))
      const token = await run(command, { ROAR_AUTH_SECRET: SECRET })
      const answer = await fetch(`${roar.url}/v1/shows/derby/posts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: '{"sticker":"heart"}',
      })
      // The token is checked before the show, which may not exist yet.
      expect([202, 404]).toContain(answer.status)
      const [, claims = ''] = token.split('.')
      expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
        sub: 'viewer-1',
        name: 'Ann',
      })
    },
  )
}

test.skipIf(!needs('bash') || !needs('curl'))(
  'the guide, followed step by step, ends with a bar of own stickers and a receipt that is verified',
  async () => {
    await shell(block('sh', 'roar show create'))
    await shell(block('sh', '/v1/studio/packs'))
    const show = await (await fetch(`${roar.url}/v1/shows/derby`)).json()
    expect(show).toMatchObject({ state: 'live', bar: ['scarf', 'heart', 'clap', 'fire'] })
    await shell(block('sh', 'roar poll create'))
    writeFileSync(at('token.mjs'), block('js', 'HS256'))
    await shell(block('sh', 'receipt.json\n'))
    expect(await shell(block('sh', 'roar verify'))).toContain('receipt')
  },
)

test('the element of the guide is one that its page can load, whatever page it is on', async () => {
  const [, script = ''] = /src="http:\/\/localhost:7766([^"]+)"/.exec(block('html', '<roar-bar')) ?? []
  const answer = await fetch(roar.url + script)
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
})
