import type { Part } from '../assembly/part.ts'
import type { Config } from '../settings.ts'

/** A process as operators know it: some parts on some adapters. */
export interface Role {
  name: string
  /** One line, for the list of commands. */
  summary: string
  /** Commands that start one, for its help. */
  examples: readonly string[]
  /** All that it may have; its settings are theirs. */
  parts: readonly Part[]
  /** Whether most requests are taps, which are worth a lane of their own before the server, unless the settings say otherwise. Default false. */
  fastLane?: boolean
  /** @throws ConfigError for what its parts cannot see each by itself */
  check?(config: Config): void
}
