import { test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/embedded.ts'
import { until } from '../../test/until.ts'

/** Whether a process runs, and is not just waiting for somebody to ask how it ended. */
const runs = (pid: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test.skipIf(Bun.which('setpriv') === null)(
  'a Java program ends with the process that started it, even if that is killed',
  async () => {
    using folder = temporaryFolder()
    writeFileSync(join(folder.path, 'java'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 })
    const program = JSON.stringify({ jars: folder.path, main: 'Main', logFile: join(folder.path, 'log') })
    const script = `
      import { JavaProgram } from ${JSON.stringify(join(import.meta.dir, 'java.ts'))}
      const java = new JavaProgram({ ...${program}, ready: async () => {} })
      await java.start()
      console.log(java.pid)
      await Bun.sleep(1_000_000)`
    const parent = Bun.spawn([process.execPath, '-e', script], {
      env: { ...process.env, PATH: `${folder.path}:${process.env.PATH}` },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    })
    const { value } = await parent.stdout.getReader().read()
    const pid = Number(new TextDecoder().decode(value))
    // `setpriv` becomes the program.
    await until(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep'))
    parent.kill('SIGKILL')
    await parent.exited
    await until(() => !runs(pid))
  },
)
