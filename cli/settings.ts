import { ADAPTER_SETTINGS } from '../adapters/registry.ts'
import { SPARK_SETTINGS } from '../services/aggregate/spark/settings.ts'
import { EDGE_PORT_SETTINGS, EDGE_SETTINGS } from '../services/edge/settings.ts'
import { HTTP_SETTINGS, PAGE_SETTINGS } from '../services/http/settings.ts'
import { AUTH_SETTINGS } from '../services/identity/settings.ts'
import { TAP_SETTINGS, VOTE_SETTINGS } from '../services/ingest/settings.ts'
import { PICTURE_SETTINGS } from '../services/media/settings.ts'
import { PEOPLE_SETTINGS } from '../services/people/settings.ts'
import { WITNESS_SETTINGS } from '../services/polls/settings.ts'
import { TRACING_SETTINGS } from '../services/tracing/settings.ts'
import { WEBHOOK_SETTINGS } from '../services/webhooks/settings.ts'
import { group, setting, type ValuesOf } from '../settings/setting.ts'
import { oneOf, text, whole } from '../settings/values.ts'

/** Settings that belong to no single part. */
const PROCESS_SETTINGS = group('Process', {
  data: setting(text, './roar-data', 'The folder for everything that must survive a restart.'),
  'log-level': setting(oneOf('debug', 'info', 'warn', 'error', 'silent'), 'info', 'How much to log.'),
  'window-ms': setting(
    whole(50, 60_000),
    250,
    'The length of a window, and so the time between packets, in milliseconds.',
  ),
  'drain-ms': setting(
    whole(0, 600_000),
    10_000,
    'How long a stop may take, in milliseconds, before remaining work is abandoned.',
  ),
})

/** Every setting. Each is defined in the room that reads it. */
export const SETTINGS = {
  ...PROCESS_SETTINGS,
  ...HTTP_SETTINGS,
  ...PAGE_SETTINGS,
  ...EDGE_PORT_SETTINGS,
  ...EDGE_SETTINGS,
  ...ADAPTER_SETTINGS,
  ...SPARK_SETTINGS,
  ...TAP_SETTINGS,
  ...VOTE_SETTINGS,
  ...WITNESS_SETTINGS,
  ...AUTH_SETTINGS,
  ...PICTURE_SETTINGS,
  ...PEOPLE_SETTINGS,
  ...WEBHOOK_SETTINGS,
  ...TRACING_SETTINGS,
}

export type SettingName = keyof typeof SETTINGS
/** All settings as one frozen value, by name. */
export type Config = ValuesOf<typeof SETTINGS>
