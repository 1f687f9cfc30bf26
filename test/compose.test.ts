import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { readConfig } from '../cli/config.ts'
import { needs } from './needs.ts'

interface Service {
  image?: string
  command?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, unknown>
}

const path = new URL('../deploy/compose/compose.yaml', import.meta.url).pathname
const file = readFileSync(path, 'utf8')
const { services } = Bun.YAML.parse(file) as { services: Record<string, Service> }
const ours = Object.entries(services).filter(([, { image }]) => image === 'roar')
/** Fills in what the user must provide. */
const filled = (text: string) =>
  text.replace(/\$\{(\w+):\?[^}]*\}/g, (_, name) => `${name} `.repeat(4).trim())

test('every role of the compose file starts with settings that there are, and has the addresses it needs', () => {
  expect(ours.map(([name]) => name).toSorted()).toEqual([
    'aggregate',
    'deliver',
    'edge',
    'ingest',
    'studio',
    'topics',
  ])
  for (const [name, { command, environment }] of ours) {
    const [role, ...flags] = command!
    expect(role).toBe(name)
    if (role === 'topics') continue
    const env = Object.fromEntries(
      Object.entries(environment!).map(([key, value]) => [
        key,
        filled(value).replace('POSTGRES_PASSWORD', 'x'),
      ]),
    )
    const config = readConfig({
      argv: flags,
      env: { ...env, ROAR_STORE: env.ROAR_STORE!.replaceAll(' ', '') },
    })
    expect(config.log).toBe('kafka://kafka:9092')
    for (const address of [config.pubsub, config.upstream, config.spark].filter((part) => part !== '')) {
      expect(Object.keys(services)).toContain(new URL(address).hostname)
    }
  }
})

test('whatever a service of the compose file waits for is in it', () => {
  for (const { depends_on = {} } of Object.values(services)) {
    for (const other of Object.keys(depends_on)) expect(Object.keys(services)).toContain(other)
  }
})

test.skipIf(!needs('docker-compose'))(
  'compose takes the file, and names the secret that is missing',
  () => {
    const ask = (secrets: Record<string, string>) => {
      const { PATH } = process.env
      const { exitCode, stderr } = Bun.spawnSync(['docker-compose', '-f', path, 'config', '--quiet'], {
        env: { PATH, ...secrets },
      })
      return { exitCode, said: stderr.toString() }
    }
    const secrets = { ROAR_AUTH_SECRET: 'x'.repeat(32), POSTGRES_PASSWORD: 'y' }
    expect(ask(secrets)).toMatchObject({ exitCode: 0 })
    for (const name of Object.keys(secrets)) {
      const { exitCode, said } = ask({ ...secrets, [name]: '' })
      expect(exitCode).not.toBe(0)
      expect(said).toContain(name)
    }
  },
  120_000,
)
