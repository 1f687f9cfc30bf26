import { checkIssuers } from '../services/identity/claim-rule.ts'
import { ConfigError } from '../settings/config-error.ts'
import { type ReadOptions, readSettings } from '../settings/read.ts'
import { ALL_SETTINGS } from './client-settings.ts'
import { ROLE_NAMES } from './roles/names.ts'
import type { Config, SETTINGS } from './settings.ts'

type Options = Pick<ReadOptions<typeof SETTINGS>, 'argv' | 'env' | 'reader' | 'readFile' | 'warn'>

/** Reads the settings of one process. @throws ConfigError for an unknown key, a bad value or a contradiction */
export function readConfig(options: Options): Config {
  const config = readSettings({ ...options, settings: ALL_SETTINGS, tables: ROLE_NAMES })
  checkContradictions(config)
  return config
}

function checkContradictions(config: Config): void {
  if (config['flush-ms'] > config['flush-ms-max']) {
    throw new ConfigError(
      'flush-ms',
      `${config['flush-ms']} is more than flush-ms-max, ${config['flush-ms-max']}`,
    )
  }
  if (config.port !== 0 && config['mqtt-port'] === config.port) {
    throw new ConfigError(
      'mqtt-port',
      'is the same as port, which already serves MQTT over WebSocket at /mqtt',
    )
  }
  if (config['slice-ms'] > config['window-ms']) {
    throw new ConfigError('slice-ms', `${config['slice-ms']} is more than window-ms, ${config['window-ms']}`)
  }
  checkIssuers(config)
}
