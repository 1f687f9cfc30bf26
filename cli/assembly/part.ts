import type { Logger } from 'pino'
import type { SteadyClock } from '../../adapters/clock/steady-clock.ts'
import type { LogTopic } from '../../adapters/log/log.ts'
import type { Fellows, Metric } from '../../services/http/operator.ts'
import type { Routes, UpgradeRoute } from '../../services/http/routes.ts'
import type { HttpOptions } from '../../services/http/server.ts'
import type { Health, PartState, Purpose } from '../../services/supervision/supervisor.ts'
import type { Tracing } from '../../services/tracing/tracing.ts'
import type { Config, SettingName } from '../settings.ts'
import type { Things } from './things.ts'

export type PartName = keyof Things

/**
 * What parts pass to each other without knowing each other: requests, records of the log's topics, results of polls, packets. The
 * drain order follows from it.
 */
export type Flow = 'requests' | LogTopic | 'results' | 'packets'

/** What every part gets when it is opened, beside the parts that it needs. */
export interface Surroundings {
  clock: SteadyClock
  logger: Logger
  tracing: Tracing
  /** The current state of every part of this process, by name. */
  states: () => Record<string, PartState>
  /** Every flow that a part of this process reads or writes. */
  flows: ReadonlySet<Flow>
  /** The processes that share this one's ports. Absent: it has the ports to itself. */
  fellows?: Fellows | undefined
}

/** An open part. */
export interface Opened<Thing> {
  /** What other parts use of it. */
  thing: Thing
  routes?: Routes
  /** Routes that the fast lane answers, if the process has one. */
  laneRoutes?: NonNullable<HttpOptions['laneRoutes']>
  /** See `HttpOptions`. */
  admit?: HttpOptions['admit']
  upgrade?: UpgradeRoute
  websocket?: NonNullable<HttpOptions['websocket']>
  /** How many files its own sockets take now, beside those of the server. */
  files?: () => number
  metrics?: Metric[]
  /** Begins its own work: every part is open and the server listens. */
  start?(here: { url: string }): void
  /**
   * Accepts nothing more and finishes what it accepted. Every part that it needs is still open. Of a process that could not start also
   * without `start` before it.
   */
  drain?(): unknown
  /** Releases its resources, after every part has drained. The parts that need it are closed already. */
  close?(): unknown
}

/** A building block of a process: `roar up` is all parts on embedded adapters, a role is some of them on others. */
export interface Part {
  /** What the part does for others; a process has one part of each name. */
  name: PartName
  /** The settings that it reads. A role's settings are those of its parts. */
  settings: readonly SettingName[]
  /** Parts that are opened before it and closed after it. */
  needs: readonly PartName[]
  /** Like `needs`, but only where the process has that part. */
  uses: readonly PartName[]
  reads: readonly Flow[]
  writes: readonly Flow[]
  /** What a process with this part is for. */
  serves: readonly Purpose[]
  /** What is not ready while this part does not work. Includes what it serves. */
  neededFor: readonly Purpose[]
  /** Whether it reports itself when it is working. Otherwise it counts as working once it is open. */
  reports: boolean
  /** Whether the settings ask for it, for a part that the process can do without. */
  when: (config: Config) => boolean
  isOptional: boolean
  /** Completes "no effect …" for its settings if the configuration does not use the part: `without store`. */
  idle: (config: Config) => string
  /** Finds faults in its settings, and in the files that they name, before anything is opened. @throws ConfigError */
  check(config: Config): void
  /** Called again if it rejects with a retryable error: until then it must not have begun anything. */
  open(given: Things & Surroundings & { config: Config; health: Health }): Promise<Opened<unknown>>
}

/** Defines a part. `open` receives only what the definition names. */
export function part<
  Name extends PartName,
  const Setting extends SettingName = never,
  const Needs extends PartName = never,
  const Uses extends PartName = never,
>({
  open,
  ...definition
}: {
  name: Name
  settings?: readonly Setting[]
  needs?: readonly Needs[]
  uses?: readonly Uses[]
  reads?: readonly Flow[]
  writes?: readonly Flow[]
  serves?: readonly Purpose[]
  neededFor?: readonly Purpose[]
  reports?: boolean
  check?(config: Pick<Config, Setting>): void
  open(
    given: Surroundings & { config: Pick<Config, Setting>; health: Health } & Pick<Things, Needs> &
      Partial<Pick<Things, Uses>>,
  ): Opened<Things[Name]> | Promise<Opened<Things[Name]>>
}): Part {
  return {
    settings: [],
    needs: [],
    uses: [],
    reads: [],
    writes: [],
    serves: [],
    neededFor: [],
    reports: false,
    when: () => true,
    isOptional: false,
    idle: () => '',
    check() {},
    ...definition,
    open: async (given) => open(given),
  }
}

/** The parts that the settings ask for; of several with one name, the first. */
export function wantedOf(parts: readonly Part[], config: Config): Part[] {
  const wanted = parts.filter(({ when }) => when(config))
  return wanted.filter((part) => wanted.find(({ name }) => name === part.name) === part)
}

/** The part, only if the settings ask for it. @param idle Completes "no effect …" for its settings otherwise: `without store`. */
export const optional = (part: Part, when: (config: Config) => boolean, idle: string): Part => ({
  ...part,
  when: (config) => when(config) && part.when(config),
  isOptional: true,
  idle: (config) => (when(config) ? part.idle(config) : idle),
})
