import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BUILT_COMMIT, copyRoar } from '../test/built-roar.ts'
import { temporaryFolder } from '../test/embedded.ts'
import { needs } from '../test/needs.ts'
import { spawnRoarBy } from '../test/roar-process.ts'
import { isRoot, unprivileged } from '../test/unprivileged.ts'
import { debianPackage } from './debian.ts'
import { packCommandLine } from './npm-package.ts'

// As in a release. A server that ran in this process before has left what it makes to its owner alone.
process.umask(0o022)
const folder = temporaryFolder()
const at = (...names: string[]) => join(folder.path, ...names)
beforeAll(() => {
  // Others have to see the programs that are in it.
  chmodSync(folder.path, 0o755)
})
afterAll(() => folder.remove())

/** An empty folder of its own. */
const empty = (name: string): string => {
  mkdirSync(at(name))
  return at(name)
}

/** Started as nobody, who may write to one folder only, it answers, counts, and stops clean. */
async function serves(roar: string, mine: string): Promise<void> {
  const up = unprivileged(mine, [roar, 'up'])
  const { url, process: server } = await spawnRoarBy(up, '--data', join(mine, 'data'))
  expect((await fetch(url)).status).toBe(200)
  const taps = { method: 'POST', body: '{"stickers":{"heart":3}}' }
  expect((await fetch(`${url}/v1/shows/final/reactions`, taps)).status).toBe(202)
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
}

test.skipIf(!isRoot)(
  'npm has one package that needs no other but the runtime, wherever npm puts it',
  async () => {
    const tarball = await packCommandLine(folder.path, BUILT_COMMIT, 'licences\n')
    const installed = at('node_modules/@roar/server')
    mkdirSync(installed, { recursive: true })
    await Bun.$`tar xzf ${at(tarball)} --strip-components 1 -C ${installed}`
    expect(Object.keys((await Bun.file(join(installed, 'package.json')).json()).dependencies)).toEqual([
      'bun',
    ])
    const roar = join(installed, 'roar')
    const version = () => Bun.spawnSync([roar, 'version'], { cwd: folder.path })
    expect(version()).toMatchObject({ exitCode: 2 })
    expect(version().stderr.toString()).toContain('runtime is missing')

    // As npm leaves it where install scripts may not run: a placeholder, and the executable in the platform's package.
    mkdirSync(at('node_modules/bun/bin'), { recursive: true })
    await Bun.write(at('node_modules/bun/bin/bun.exe'), '#!/bin/sh\nexit 1\n')
    chmodSync(at('node_modules/bun/bin/bun.exe'), 0o755)
    mkdirSync(at('node_modules/@oven/bun-here/bin'), { recursive: true })
    await Bun.$`cp ${process.execPath} ${at('node_modules/@oven/bun-here/bin/bun')}`
    expect(version().stdout.toString()).toContain(BUILT_COMMIT)

    await serves(roar, empty('by-npm'))
  },
)

test.skipIf(!isRoot || !needs('dpkg-deb'))(
  'the Debian package has the program, a unit that gives it hardly any rights, and settings that it takes',
  async () => {
    const binary = at('built', 'roar')
    await copyRoar(binary)
    const name = await debianPackage({
      binary,
      architecture: 'amd64',
      licenses: 'licences\n',
      changes: 'changes\n',
      at: new Date('2026-01-01T00:00:00Z'),
      out: folder.path,
      level: 1,
    })
    const root = empty('unpacked')
    await Bun.$`dpkg-deb --raw-extract ${at(name)} ${root}`
    const ofAll = (await Bun.$`dpkg-deb --contents ${at(name)}`.text()).trim().split('\n')
    expect(ofAll.filter((line) => !/^[-d]rw(x|-)r-(x|-)r-(x|-) root\/root /.test(line))).toEqual([])

    const unit = await Bun.file(join(root, 'lib/systemd/system/roar.service')).text()
    const [, command] = /^ExecStart=(.+)$/m.exec(unit)!
    const settings = (await Bun.file(join(root, 'etc/roar/roar.toml')).text()).replaceAll('#host', 'host')
    await Bun.write(at('roar.toml'), settings)
    const [program, role, flag] = command!.split(' ')
    const check = Bun.spawnSync([join(root, program!), role!, flag!, at('roar.toml'), '--check'], { env: {} })
    expect(check.stderr.toString()).toBe('')
    expect(check.exitCode).toBe(0)

    await serves(join(root, program!), empty('as-a-service'))
  },
)

test.skipIf(Bun.which('systemd-analyze') === null)(
  'what an intruder could do in the service is little',
  () => {
    const unit = join(import.meta.dir, '../deploy/debian/roar.service')
    const { exitCode } = Bun.spawnSync([
      'systemd-analyze',
      'security',
      '--offline=true',
      '--threshold=20',
      unit,
    ])
    expect(exitCode).toBe(0)
  },
)
