import type { JsonSchema } from '@valibot/to-json-schema'
import { toJsonSchema } from '@valibot/to-json-schema'
import type { Setting } from '../../settings/setting.ts'
import { ROLE_NAMES } from '../roles/names.ts'
import { settingsOf } from '../roles/ownership.ts'
import { ROLES } from '../roles/roles.ts'
import { SETTINGS, type SettingName } from '../settings.ts'
import { command } from './command.ts'

export const commands = [
  command({
    name: 'schema',
    summary: 'prints the JSON Schema of roar.toml, for editors that complete and check it',
    examples: ['roar schema > roar.schema.json'],
    async run() {
      process.stdout.write(`${JSON.stringify(configSchema(), undefined, 1)}\n`)
      return 0
    },
  }),
]

/** The schema of a configuration file, for one process or, by tables, for several. */
export function configSchema(): JsonSchema {
  const names = Object.keys(SETTINGS) as SettingName[]
  const table = (of: SettingName[]): JsonSchema => ({
    type: 'object',
    properties: Object.fromEntries(of.flatMap(propertiesOf)),
    additionalProperties: false,
  })
  const tables = ROLE_NAMES.map((name) => [
    name,
    table(settingsOf(ROLES.find((role) => role.name === name)!)),
  ])
  const { properties = {} } = table(names)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'roar.toml',
    type: 'object',
    properties: { ...properties, shared: table(names), ...Object.fromEntries(tables) },
    additionalProperties: false,
  }
}

function propertiesOf(name: SettingName): [string, JsonSchema][] {
  const { schema, default: fallback, help, secret } = SETTINGS[name] as Setting
  // Leaves out what only code can check. A value that is text as a flag is text in a file, too.
  const { $schema: _, ...type } = toJsonSchema(schema as Parameters<typeof toJsonSchema>[0], {
    errorMode: 'ignore',
    typeMode: 'input',
  })
  const property = { ...type, description: help, default: fallback } as JsonSchema
  const file: JsonSchema = { type: 'string', description: `The path of a file that has ${name}.` }
  return secret === undefined
    ? [[name, property]]
    : [
        [name, property],
        [`${name}-file`, file],
      ]
}
