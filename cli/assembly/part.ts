import type { Logger } from 'pino'
import type { SteadyClock } from '../../adapters/clock/steady-clock.ts'
import type { LogTopic } from '../../adapters/log/log.ts'
import type { Fellows, Metric } from '../../services/http/operator.ts'
import type { LaneRoute, Routes, UpgradeRoute } from '../../services/http/routes.ts'
import type { HttpOptions } from '../../services/http/server.ts'
import type { Health, PartState, Purpose } from '../../services/supervision/supervisor.ts'
import type { Tracing } from '../../services/tracing/tracing.ts'
import type { Config, SettingName } from '../settings.ts'
import type { Things } from './things.ts'

export type PartName = keyof Things

/**
 * What passes between parts that do not know each other: requests, records of the log's topics, the results of polls,
 * packets. A process drains along it.
 */
export type Flow = 'requests' | LogTopic | 'results' | 'packets'

/** What every part is opened with, beside what it needs of others. */
export interface Surroundings {
  clock: SteadyClock
  logger: Logger
  tracing: Tracing
  /** What every part of this process is doing now, by name. */
  states: () => Record<string, PartState>
  /** Everything that the parts of this process read or write. */
  flows: ReadonlySet<Flow>
  /** The processes that share this one's ports. Absent: it has them to itself. */
  fellows?: Fellows | undefined
}

/** A part that is open. */
export interface Opened<Thing> {
  /** What others have from it. */
  thing: Thing
  routes?: Routes
  /** What a fast lane may answer, where the process has one. */
  laneRoutes?: readonly LaneRoute[]
  upgrade?: UpgradeRoute
  websocket?: NonNullable<HttpOptions['websocket']>
  metrics?: Metric[]
  /** Begins its own work, once every part is open and the server listens. */
  start?(here: { url: string }): void
  /** Accepts nothing more, and passes on what is in hand. Everything that it needs is still there. */
  drain?(): unknown
  /** Lets go of what it holds, after every part has drained. Whoever needs it is closed. */
  close?(): unknown
}

/** What a process is made of: `roar up` is all parts on embedded adapters, a role is some of them on others. */
export interface Part {
  /** What it is to others; a process has one part of a name. */
  name: PartName
  /** The settings that it reads. Those of a role are all that its parts read. */
  settings: readonly SettingName[]
  /** Parts that are open before it and closed after it. */
  needs: readonly PartName[]
  /** The same, of those that the process has. */
  uses: readonly PartName[]
  reads: readonly Flow[]
  writes: readonly Flow[]
  /** What a process with this part is there for. */
  serves: readonly Purpose[]
  /** What of that is not possible while this part does not work. What it serves is among it. */
  neededFor: readonly Purpose[]
  /** Whether it reports by itself when it works. Otherwise it works once it is open. */
  reports: boolean
  /** Whether the settings want it, in a process that can do without. */
  when: (config: Config) => boolean
  isOptional: boolean
  /** What its settings and the files that they name show to be wrong, before anything is opened. @throws ConfigError */
  check(config: Config): void
  open(given: Things & Surroundings & { config: Config; health: Health }): Promise<Opened<unknown>>
}

/** Defines a part. `open` is given what the definition names, and nothing else. */
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
    check() {},
    ...definition,
    open: async (given) => open(given),
  }
}

/** The parts that the settings want. Of several with one name it is the first: a process has one of each. */
export function wantedOf(parts: readonly Part[], config: Config): Part[] {
  const wanted = parts.filter(({ when }) => when(config))
  return wanted.filter((part) => wanted.find(({ name }) => name === part.name) === part)
}

/** The part, where the settings want it. */
export const optional = (part: Part, when: (config: Config) => boolean): Part => ({
  ...part,
  when,
  isOptional: true,
})
