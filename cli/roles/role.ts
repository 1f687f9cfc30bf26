import type { Part } from '../assembly/part.ts'
import type { Config, SettingName } from '../settings.ts'
import type { RoleName } from './names.ts'

/** A process as operators know it: a list of parts on certain adapters. */
export interface Role {
  name: RoleName
  /** One line, for the list of commands. */
  summary: string
  /** Commands that start one, for the help. */
  examples: readonly string[]
  /** All parts that it may have; its settings are theirs. */
  parts: readonly Part[]
  /** Settings that are read before the parts exist. */
  settings?: readonly SettingName[]
  /**
   * Whether other processes may share its environment and find their own settings there. Default true: cluster roles often do.
   */
  sharesEnvironment?: boolean
  /** Whether most requests are taps, so that a fast lane pays off, unless the settings say otherwise. Default false. */
  fastLane?: boolean
  /** Finds contradictions between parts. @throws ConfigError */
  check?(config: Config): void
}
