import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { type Clock, systemClock } from '../adapters/clock/clock.ts'
import { type Assembly, assemble } from '../cli/assembly/assemble.ts'
import { readConfig } from '../cli/config.ts'
import { up } from '../cli/roles/up.ts'
import { openTracing } from '../cli/tracing.ts'

/** A folder that is removed with the test. */
export function temporaryFolder(): Disposable & { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'roar-test-'))
  const remove = () => rmSync(path, { recursive: true, force: true })
  return { path, remove, [Symbol.dispose]: remove }
}

export interface TestRoar extends Assembly {
  /** The path of its data folder. */
  data: string
  mqttPort: number | undefined
  stop(): Promise<void>
}

/** A whole Roar in this process, on a free port and in its own folder; flags as on the command line. */
export const startRoar = (...flags: string[]): Promise<TestRoar> => startRoarAt(systemClock, ...flags)

/** The same with another clock. */
export async function startRoarAt(clock: Clock, ...flags: string[]): Promise<TestRoar> {
  const data = temporaryFolder()
  const roar = await startRoarIn(data.path, clock, ...flags)
  return {
    ...roar,
    async stop() {
      await roar.drain()
      data.remove()
    },
  }
}

/** The same in a folder that is kept. */
export async function startRoarIn(
  data: string,
  clock: Clock,
  ...flags: string[]
): Promise<Omit<TestRoar, 'stop'>> {
  const argv = ['--port', '0', '--data', data, '--log-level', 'error', ...flags]
  const config = readConfig({ argv, env: {} })
  const logger = pino({ level: config['log-level'] })
  const tracing = await openTracing(config, { role: 'up', env: {}, logger })
  const roar = await assemble({ ...up, config, clock, logger, tracing })
  return { ...roar, data, mqttPort: roar.things.edge?.mqttPort }
}
