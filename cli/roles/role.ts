import type { Part } from '../assembly/part.ts'
import type { Config, SettingName } from '../settings.ts'
import type { RoleName } from './names.ts'

/** A process as operators know it: some parts on some adapters. */
export interface Role {
  name: RoleName
  /** One line, for the list of commands. */
  summary: string
  /** Commands that start one, for its help. */
  examples: readonly string[]
  /** All that it may have; its settings are theirs. */
  parts: readonly Part[]
  /** What is read before there is a process with parts. */
  settings?: readonly SettingName[]
  /** Whether another process may have the same environment for its own settings. Default true: a cluster's roles often do. */
  sharesEnvironment?: boolean
  /** Whether most requests are taps, which are worth a lane of their own before the server, unless the settings say otherwise. Default false. */
  fastLane?: boolean
  /** @throws ConfigError for what its parts cannot see each by itself */
  check?(config: Config): void
}
