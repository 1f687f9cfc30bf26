import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readConfig } from '../cli/config.ts'
import { needs } from './needs.ts'

interface Service {
  image?: string
  command?: string[]
  environment?: Record<string, string>
  depends_on?: Record<string, unknown>
  volumes?: string[]
}

const path = Bun.fileURLToPath(new URL('../deploy/compose/compose.yaml', import.meta.url))
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

test('Prometheus scrapes every role of the compose file, and Grafana finds Prometheus and the dashboard', () => {
  const read = (name: string) => Bun.YAML.parse(readFileSync(join(dirname(path), name), 'utf8'))
  const { scrape_configs: jobs } = read('../prometheus/prometheus.yml') as {
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
  }
  const scraped = jobs.map(({ job_name, static_configs: [first] }) => [job_name, ...first!.targets])
  const roles = ours.map(([name]) => name).filter((name) => name !== 'topics')
  expect(scraped.toSorted()).toEqual(roles.map((name) => [`roar-${name}`, `${name}:7766`]).toSorted())

  const { datasources } = read('../grafana/provisioning/datasources/roar.yaml') as {
    datasources: { type: string; url: string }[]
  }
  expect(datasources.map(({ type, url }) => [type, new URL(url).host])).toEqual([
    ['prometheus', 'prometheus:9090'],
  ])
  const { providers } = read('../grafana/provisioning/dashboards/roar.yaml') as {
    providers: { options: { path: string } }[]
  }
  const folders = Object.fromEntries(
    services.grafana!.volumes!.map((mount) => mount.split(':').toReversed().slice(1)),
  )
  const folder = join(dirname(path), folders[providers[0]!.options.path])
  expect(readdirSync(folder)).toEqual(['roar.json'])
  for (const mount of [...services.prometheus!.volumes!, ...services.grafana!.volumes!])
    if (mount.startsWith('.')) expect(existsSync(join(dirname(path), mount.split(':')[0]!))).toBe(true)
})

test.skipIf(!needs('docker-compose'))('compose takes the file, and names the secret that is missing', () => {
  const ask = (secrets: Record<string, string>) => {
    const { PATH } = process.env
    const { exitCode, stderr } = Bun.spawnSync(
      ['docker-compose', '--profile', 'monitoring', '-f', path, 'config', '--quiet'],
      {
        env: { PATH, ...secrets },
      },
    )
    return { exitCode, said: stderr.toString() }
  }
  const secrets = { ROAR_AUTH_SECRET: 'x'.repeat(32), POSTGRES_PASSWORD: 'y' }
  expect(ask(secrets)).toMatchObject({ exitCode: 0 })
  for (const name of Object.keys(secrets)) {
    const { exitCode, said } = ask({ ...secrets, [name]: '' })
    expect(exitCode).not.toBe(0)
    expect(said).toContain(name)
  }
})
