import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { type Clock, systemClock } from '../adapters/clock/clock.ts'
import { readConfig } from '../cli/config.ts'
import { openDataFolder } from '../cli/data-folder.ts'
import { type Embedded, startEmbedded } from '../cli/embedded.ts'

/** A folder that goes away with the test. */
export function temporaryFolder(): Disposable & { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'roar-test-'))
  const remove = () => rmSync(path, { recursive: true, force: true })
  return { path, remove, [Symbol.dispose]: remove }
}

export interface TestRoar extends Embedded {
  /** The path of its data folder. */
  data: string
  stop(): Promise<void>
}

/** A whole Roar in this process, on a free port and in a folder of its own; flags as on the command line. */
export const startRoar = (...flags: string[]): Promise<TestRoar> => startRoarAt(systemClock, ...flags)

/** The same by another clock. */
export async function startRoarAt(clock: Clock, ...flags: string[]): Promise<TestRoar> {
  const data = temporaryFolder()
  const argv = ['--port', '0', '--data', data.path, '--log-level', 'error', ...flags]
  const config = readConfig({ argv, env: {} })
  const folder = openDataFolder(config.data)
  const roar = await startEmbedded({ config, folder, clock, logger: pino({ level: config['log-level'] }) })
  return {
    ...roar,
    data: data.path,
    async stop() {
      await roar.drain()
      folder.release()
      data.remove()
    },
  }
}
