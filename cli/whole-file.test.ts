import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../test/command-line.ts'
import { startRoar, type TestRoar, temporaryFolder } from '../test/embedded.ts'
import { ROAR } from '../test/roar-process.ts'
import { isRoot } from '../test/unprivileged.ts'
import { takeBackup } from './backup/take.ts'
import { commands as init } from './commands/init.ts'
import { commands as replay } from './commands/replay.ts'
import { commands as token } from './commands/token.ts'
import { openDataFolder } from './data-folder.ts'
import { checkWritable, writeJson } from './load-flags.ts'
import { openRecord } from './monitor/record.ts'
import { writeWhole, writeWholeFrom } from './whole-file.ts'

const folder = temporaryFolder()
const at = (...names: string[]) => join(folder.path, ...names)
const SECRET = 'one that no data folder has: 32 characters'
let roar: TestRoar
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
  mkdirSync(at('folder'))
  writeFileSync(at('plain'), '')
  writeFileSync(at('secret'), Buffer.alloc(32).toString('base64url'))
})
afterAll(async () => {
  await roar.stop()
  folder.remove()
})

const running = ['--auth-secret', SECRET]
const exportTo = (file: string) => replay[0]!.run(['final', '--url', roar.url, ...running, '--out', file])
async function revokeInto(file: string): Promise<unknown> {
  const { out } = await runCommand(token, 'token make', ['--sub', 'ann', '--expires', '1h', ...running])
  return runCommand(token, 'token revoke', [out.trim(), '--auth-revoked', file, ...running])
}
const entry = { at: 0, by: 'heads', server: 's', show: 'final', poll: 'mvp', what: 'a note' } as const

/** Every command that writes a file of its caller's name. */
const WRITERS: Record<string, (file: string) => unknown> = {
  'roar export': exportTo,
  'roar init': (file) => init[0]!.run(['--file', file]),
  'roar token revoke': revokeInto,
  'roar load --json': (file) => writeJson(file, { verdict: 'ok' }),
  'roar backup': (file) => takeBackup({ ...sources(), data: roar.data }, file),
}
const sources = () => ({
  store: join(roar.data, 'roar.db'),
  log: join(roar.data, 'log.db'),
  secret: at('secret'),
})
/** The same as files of a data folder. */
const installed = () => ({
  'roar.db': sources().store,
  'log.db': sources().log,
  'auth-secret': sources().secret,
})
const refusal = async (work: () => unknown): Promise<string> => {
  try {
    await work()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'no refusal'
}

test.each(Object.entries(WRITERS))(
  '%s says in one sentence which file cannot be written, and why',
  async (_, write) => {
    const said = (file: string) => refusal(() => write(file))
    const nowhere = at('nowhere/file')
    expect(await said(nowhere)).toBe(`ConfigError: ${nowhere}: cannot be written: its folder does not exist`)
    const below = at('plain/file')
    expect(await said(below)).toBe(`ConfigError: ${below}: cannot be written: its folder is a file`)
  },
)

test('a folder, a full device and a report’s folder are each named', async () => {
  symlinkSync('/dev/full', at('full'))
  expect(await refusal(() => exportTo(at('folder')))).toContain('folder: cannot be written: it is a folder')
  expect(await refusal(() => exportTo(at('full')))).toContain('full: cannot be written: the disk is full')
  expect(await refusal(() => checkWritable('html', at('folder')))).toContain('it is a folder')
})

test('what breaks off leaves what was there before, and its source’s own failure is told', async () => {
  writeFileSync(at('kept'), 'before')
  chmodSync(at('kept'), 0o640)
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10)
    throw new Error('the server went away')
  }
  expect(await refusal(() => writeWholeFrom(at('kept'), broken()))).toBe('Error: the server went away')
  expect(readFileSync(at('kept'), 'utf8')).toBe('before')
  symlinkSync(at('kept'), at('link'))
  writeWhole(at('link'), 'after')
  expect([readFileSync(at('kept'), 'utf8'), statSync(at('kept')).mode & 0o777]).toEqual(['after', 0o640])
  expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('a monitor’s record has whole lines alone, also after one that was cut off', () => {
  openRecord(at('seen')).record.add(entry)
  writeFileSync(at('seen/seen.ndjson'), '{"at":1,', { flag: 'a' })
  openRecord(at('seen')).record.add({ ...entry, at: 2 })
  expect(openRecord(at('seen')).seen.map((each) => each.at)).toEqual([0, 2])
})

async function run(...command: string[]): Promise<{ code: number; said: string }> {
  const { exited, stderr } = Bun.spawn(command, { stdout: 'ignore', stderr: 'pipe' })
  return { said: (await new Response(stderr).text()).trim(), code: await exited }
}

test('what is printed onto a full disk is a failure in one sentence, and nothing is said where nobody reads', async () => {
  const full = await run('sh', '-c', 'exec "$0" completion bash > /dev/full', ROAR)
  expect(full).toEqual({ code: 1, said: 'roar: standard output: cannot be written: the disk is full' })
  // The reader goes once the first of it is there; the rest is more than a pipe holds.
  const unread = '{ "$0" schema; echo "ended with $?" >&2; } | true'
  expect((await run('sh', '-c', unread, ROAR)).said).toMatch(/^ended with (0|141)$/)
})

const mayMount = Bun.spawnSync(['unshare', '--mount', 'true']).success
test.skipIf(!isRoot || !mayMount)(
  'a disk that gets full is named, not taken for an unreachable server or a damaged backup, and no half of a file is left',
  async () => {
    const disk = at('folder')
    const onFullDisk = (command: string, freeBytes = 0) =>
      run(
        ...['unshare', '--mount', 'sh', '-c'],
        `mount -t tmpfs -o size=64k none ${disk} && head -c ${65_536 - freeBytes} /dev/zero > ${disk}/other
         ${command}; code=$?; rm ${disk}/other; ls ${disk} >&2; exit $code`,
      )
    const file = join(disk, 'file')
    const sentence = { code: 2, said: `roar: ${file}: cannot be written: the disk is full` }
    const server = `--url ${roar.url} --auth-secret '${SECRET}'`
    expect(await onFullDisk(`${ROAR} export final ${server} --out ${file}`)).toEqual(sentence)
    expect(await onFullDisk(`${ROAR} init --file ${file}`)).toEqual(sentence)

    const data = at('installed')
    openDataFolder(data).release()
    for (const [name, from] of Object.entries(installed())) copyFileSync(from, join(data, name))
    expect(await onFullDisk(`${ROAR} backup ${file} --data ${data}`)).toEqual(sentence)
    await takeBackup({ ...sources(), data: roar.data }, at('backup.tar'))
    const restored = await onFullDisk(`${ROAR} restore ${at('backup.tar')} --data ${disk}/data`, 32_768)
    expect(restored).toEqual({
      code: 2,
      said: `roar: ${disk}/data: cannot be written: the disk is full\ndata`,
    })
  },
)
