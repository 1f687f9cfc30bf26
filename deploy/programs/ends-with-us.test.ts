import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/embedded.ts'
import { needs } from '../../test/needs.ts'
import { until } from '../../test/until.ts'

/** Whether a process runs, and is not just waiting for somebody to ask how it ended. */
const runs = (pid: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Kills a process that has started a program, whose pid the script prints; resolves once the program has ended. */
async function endsWithItsStarter(start: string, { path = '' } = {}): Promise<void> {
  const script = `${start}\nconsole.log(pid)\nawait Bun.sleep(1_000_000)`
  const starter = Bun.spawn([process.execPath, '-e', script], {
    cwd: import.meta.dir,
    env: { ...process.env, PATH: `${path}:${process.env.PATH}` },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const { value } = await starter.stdout.getReader().read()
  const pid = Number(new TextDecoder().decode(value))
  // `setpriv` becomes the program.
  await until(() => !readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('setpriv'))
  expect(runs(pid)).toBe(true)
  starter.kill('SIGKILL')
  await starter.exited
  await until(() => !runs(pid))
}

const hasSetpriv = Bun.which('setpriv') !== null

test.skipIf(!hasSetpriv)(
  'a Java program ends with the process that started it, even if that is killed',
  async () => {
    using folder = temporaryFolder()
    writeFileSync(join(folder.path, 'java'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 })
    const program = JSON.stringify({ jars: folder.path, main: 'Main', logFile: join(folder.path, 'log') })
    await endsWithItsStarter(
      `import { JavaProgram } from './java.ts'
      const java = new JavaProgram({ ...${program}, ready: async () => {} })
      await java.start()
      const { pid } = java`,
      folder,
    )
  },
)

test.skipIf(!hasSetpriv || !needs('mosquitto'))('and so does Mosquitto', () =>
  endsWithItsStarter(`import { startMosquitto } from './mosquitto.ts'
    const pid = (await startMosquitto()).pid()`),
)

test.skipIf(!hasSetpriv)('and so does a server', async () => {
  using folder = temporaryFolder()
  await endsWithItsStarter(`import { spawnRoar } from '../../test/roar-process.ts'
    const { pid } = (await spawnRoar('--data', ${JSON.stringify(folder.path)})).process`)
})
