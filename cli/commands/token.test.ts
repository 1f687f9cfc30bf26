import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { ConfigError } from '../../settings/config-error.ts'
import { runCommand } from '../../test/command-line.ts'
import { startRoar, temporaryFolder } from '../../test/embedded.ts'
import { openDataFolder } from '../data-folder.ts'
import { commands } from './token.ts'

const token = (step: string, ...argv: string[]) => runCommand(commands, `token ${step}`, argv)

test('a token that was made is what the server of the same folder or secret takes, and no other', async () => {
  using folder = temporaryFolder()
  const opened = openDataFolder(folder.path)
  opened.secret('auth-secret')
  opened.release()
  const secret = ['--auth-secret', 'a secret for tests, long enough to be one']
  for (const [signs, other] of [
    [['--data', folder.path], secret],
    [secret, ['--data', folder.path]],
  ] as const) {
    const who = ['--sub', 'ann', '--name', 'Ann', '--segment', 'home', '--show', 'final', '--producer']
    const made = await token('make', ...who, '--expires', '90s', ...signs)
    expect(made.code).toBe(0)
    const checked = await token('check', made.out.trim(), ...signs)
    expect(JSON.parse(checked.out)).toMatchObject({
      viewer: 'ann',
      name: 'Ann',
      segment: 'home',
      show: 'final',
      role: 'producer',
    })
    expect(await token('check', made.out.trim(), ...other)).toMatchObject({
      code: 1,
      out: '',
      error: 'roar: unauthorized: the token is not valid: signature verification failed\n',
    })
  }
})

test('a producer is made as the settings say, and what the server would refuse is not made', async () => {
  const secret = ['--auth-secret', 'a secret for tests, long enough to be one']
  const rule = ['--auth-producer', 'groups=directors', ...secret]
  const { out } = await token('make', '--sub', 'ann', '--producer', ...rule)
  expect((await token('check', out.trim(), ...rule)).out).toContain('"role": "producer"')
  expect((await token('check', out.trim(), ...secret)).out).not.toContain('role')
  expect(await token('make', '--sub', 'ann', '--show', 'No_Show', ...secret)).toMatchObject({
    code: 1,
    out: '',
  })
})

test("an issuer's token is checked against the settings, which are warned of", async () => {
  using folder = temporaryFolder()
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const jwks = join(folder.path, 'keys.json')
  await Bun.write(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] }))
  const settings = ['--auth-secret', 'a secret for tests, long enough to be one', '--auth-jwks', jwks]
  const theirs = await new SignJWT({ iss: 'https://login.example', aud: 'shop', role: 'producer' })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject('ann')
    .setExpirationTime('1h')
    .sign(privateKey)
  const refused = await token('check', theirs, ...settings)
  expect(refused.code).toBe(1)
  expect(refused.error).toContain('without auth-issuer and auth-audience')
  expect(refused.error).toContain('unexpected "aud" claim value')
  const known = ['--auth-issuer', 'https://login.example', '--auth-audience', 'shop']
  const taken = await token('check', theirs, ...settings, ...known)
  expect(taken).toMatchObject({ code: 0, error: '' })
  expect(taken.out).not.toContain('producer')
  const trusted = await token(
    ...['check', theirs, ...settings, ...known],
    ...['--auth-producer', 'https://login.example role=producer'],
  )
  expect(taken.out).toContain('"issuer": "https://login.example"')
  expect(trusted.out).toContain('"role": "producer"')
})

test('a token is revoked by the producer whose token is in a file, as other commands take it', async () => {
  const secret = ['--auth-secret', 'a secret for tests, long enough to be one']
  using folder = temporaryFolder()
  const roar = await startRoar(...secret)
  try {
    const { out: producer } = await token('make', '--sub', 'boss', '--producer', ...secret)
    const file = join(folder.path, 'token')
    await Bun.write(file, producer)
    const { out: anns } = await token('make', '--sub', 'ann', ...secret)
    const at = ['--url', roar.url, '--token-file', file]
    expect(await token('revoke', anns.trim(), ...at)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Every server refuses it until it expires, 2'),
    })
    const trail = await roar.things.store!.polls.trail('', { limit: 10 })
    expect(JSON.stringify(trail)).toContain('"who":"boss"')
    await Bun.write(file, anns)
    expect(await token('revoke', '--sub', 'ben', '--expires', '1h', ...at)).toMatchObject({
      code: 1,
      error: expect.stringContaining('roar: '),
    })
  } finally {
    await roar.stop()
  }
})

test('an address in the environment or a file is not where a token is revoked: that is said with the command', async () => {
  const secret = ['--auth-secret', 'a secret for tests, long enough to be one']
  using folder = temporaryFolder()
  const file = join(folder.path, 'revoked')
  const { out: anns } = await token('make', '--sub', 'ann', ...secret)
  process.env.ROAR_URL = 'http://127.0.0.1:1'
  try {
    expect(await token('revoke', anns.trim(), '--auth-revoked', file, ...secret)).toMatchObject({
      code: 0,
      out: expect.stringContaining(file),
    })
    const config = join(folder.path, 'roar.toml')
    await Bun.write(config, 'url = "http://127.0.0.1:1"\n[shared]\nurl = "http://127.0.0.1:1"\n')
    expect(
      await token('revoke', anns.trim(), '--config', config, '--auth-revoked', file, ...secret),
    ).toMatchObject({ code: 0, out: expect.stringContaining(file) })
  } finally {
    delete process.env.ROAR_URL
  }
})

test.each([
  [['make'], '--sub: is missing'],
  [['make', 'x', '--sub', 'ann'], 'token make: "x" is too many: it accepts no arguments'],
  [['make', '--sub', 'ann', '--expires', 'soon'], '--expires: "soon" is not a length of time like'],
  [['make', '--sub', 'ann', '--claim', 'x'], '--claim: "x" is not NAME=VALUE'],
  [['make', '--sub', 'ann', '--claim', 'exp=1'], '--claim: "exp=1" is refused: exp is set by --expires'],
  [['make', '--sub', 'ann', '--claim', 'sub=b'], '--claim: "sub=b" is refused: sub is set by --sub'],
  [
    ['make', '--sub', 'ann', '--producer', '--claim', 'role=viewer'],
    '--claim: "role=viewer" is refused: role is set by --producer',
  ],
  [['make', '--sub', 'ann', '--producer', '--auth-producer', 'https://a b=c'], '--producer: is impossible'],
  [['check', 'a', 'b'], 'token check: "b" is too many: it accepts no more than [TOKEN]'],
  [['check', '--port', '1'], '--port: is a setting of the servers, and roar token check does not read it'],
  [['revoke', '--sub', 'ann', '--url', 'http://127.0.0.1:1'], '--expires: is missing: how long until'],
  [['revoke', 'a.b.c'], 'auth-revoked: is missing: the file that the servers read; or give --url'],
  [
    ['check', 'a.b.c', '--data', '/nowhere'],
    'data: /nowhere/auth-secret cannot be read: no server has its data there',
  ],
])('%j is one plain sentence', async (argv, sentence) => {
  const secret = argv.includes('--data') ? [] : ['--auth-secret', 'a secret for tests, long enough to be one']
  const [step = '', ...rest] = argv
  const refused = token(step, ...rest, ...secret)
  await expect(refused).rejects.toThrow(ConfigError)
  await expect(refused).rejects.toThrow(sentence)
})
