import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { DASHBOARD_FILE } from '../../deploy/grafana/dashboard.ts'
import { cached } from '../../deploy/programs/cached.ts'
import { jarsOf } from '../../deploy/programs/jars.ts'
import { buildBinary } from '../../release/bundle.ts'
import { imageContext } from '../../release/image.ts'
import { ownPlatform } from '../../release/platforms.ts'
import { until } from '../until.ts'

const ROOT = join(import.meta.dir, '../..')
const FILE = join(ROOT, 'deploy/compose/compose.yaml')
const RULES = join(ROOT, 'deploy/prometheus/rules.yml')
const BASE = 'localhost/roar-compose-base'
/** Packages needed by the programs of the other images. */
const PACKAGES = ['openjdk-17-jre-headless', 'postgresql-15', 'mosquitto']
const SECRET = 'a-secret-of-at-least-thirty-two-characters'
/** Ports of the page, the edge, the studio, Prometheus and Grafana in the compose file. */
const [PAGE, EDGE, STUDIO] = ['http://localhost:7766', 'http://localhost:7767', 'http://localhost:7768']
const [PROMETHEUS, GRAFANA] = ['http://localhost:9090', 'http://localhost:3000']
const COMPOSE = ['docker-compose', '-f', FILE, '--profile', 'monitoring']
/** systemd would run the health checks of Podman's containers; here they are run by hand, as often as the file says. */
const HEALTH_MS = 5_000
/** Programs start one after the other, which takes minutes on a busy machine. */
const UP_MS = 900_000

/** The compose file's cluster with its own store of images, networks and volumes: the machine's own are not touched. */
export class ComposeRun implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'roar-compose-'))
  readonly #env: Record<string, string | undefined>
  readonly #running: Subprocess[] = []
  #checks: Timer | undefined

  constructor() {
    const at = (name: string) => join(this.#folder, name)
    writeFileSync(
      at('storage.conf'),
      `[storage]\ndriver = "overlay"\nrunroot = "${at('run')}"\ngraphroot = "${at('graph')}"\n`,
    )
    writeFileSync(
      at('containers.conf'),
      `[network]\nnetwork_backend = "netavark"\nnetwork_config_dir = "${at('networks')}"
[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"
[containers]\ndefault_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]\n`,
    )
    this.#env = {
      ...process.env,
      CONTAINERS_STORAGE_CONF: at('storage.conf'),
      CONTAINERS_CONF: at('containers.conf'),
      DOCKER_HOST: `unix://${at('podman.sock')}`,
      COMPOSE_PROJECT_NAME: 'roar-compose',
      COMPOSE_HTTP_TIMEOUT: `${UP_MS / 1000}`,
      ROAR_AUTH_SECRET: SECRET,
      POSTGRES_PASSWORD: 'letters',
    }
  }

  /**
   * Roar's image as released, and stand-ins for the others under their names, from Debian packages and Apache's jars: no registry
   * is contacted. Grafana's only reads the files that it is provisioned with.
   */
  async buildImages(): Promise<void> {
    const base = await cached(`compose/bookworm-${PACKAGES.join('-')}`, (folder) =>
      this.#must(
        'mmdebstrap',
        '--variant=minbase',
        `--include=${PACKAGES.join()}`,
        'bookworm',
        join(folder, 'base.tar'),
      ),
    )
    await this.#must('podman', 'import', '--quiet', join(base, 'base.tar'), BASE)
    const jars = { 'kafka/libs': ['kafka', 'kafka-tools'], 'spark/jars': ['spark'] } as const
    cpSync(join(import.meta.dir, 'images'), join(this.#folder, 'images'), { recursive: true })
    for (const [folder, programs] of Object.entries(jars))
      for (const program of programs)
        cpSync(await jarsOf(program), join(this.#folder, 'images', folder), { recursive: true })
    cpSync(Bun.which('prometheus')!, join(this.#folder, 'images/prometheus/prometheus'))
    for (const [folder, name] of await this.#foreignImages())
      await this.#build(join(this.#folder, 'images', folder), `docker.io/${name}`)
    const binary = join(this.#folder, 'roar')
    await buildBinary(binary, 'compose', ownPlatform())
    const context = join(this.#folder, 'context')
    mkdirSync(context)
    imageContext({ folder: context, binaries: { amd64: binary }, docs: { 'README.txt': 'Roar' } })
    await this.#build(context, 'localhost/roar', '--build-arg', `BASE=${BASE}`)
  }

  async up(): Promise<void> {
    const socket = this.#env.DOCKER_HOST!
    this.#running.push(this.#start('podman', 'system', 'service', '--time', '0', socket))
    await until(
      async () => (await this.#run('podman', '--remote', '--url', socket, 'info', '--format', 'ready')) === 0,
    )
    const check = async () => {
      for (const id of (await this.#said('podman', 'ps', '--quiet')).split('\n').filter(Boolean))
        await this.#said('podman', 'healthcheck', 'run', id)
      this.#checks = setTimeout(check, HEALTH_MS)
    }
    await check()
    await this.#must(...COMPOSE, 'up', '--detach')
    // Nothing waits for the last of them.
    const ready = (url: string) =>
      fetch(url).then(
        (answer) => answer.ok,
        () => false,
      )
    const roar = [`${PAGE}/readyz/taps`, `${PAGE}/readyz/votes`, `${EDGE}/readyz/packets`]
    for (const url of [...roar, `${PROMETHEUS}/-/ready`, `${GRAFANA}/dashboards`])
      await until(() => ready(url))
  }

  /** A crowd taps and receives packets by MQTT over WebSocket. Returns whether every count is right. */
  async taps(): Promise<boolean> {
    await this.#roar(
      'show',
      'create',
      'crowd',
      '--title',
      'A crowd',
      '--segment',
      'home=Home',
      '--segment',
      'away=Away',
    )
    await this.#roar('show', 'start', 'crowd')
    const crowd = ['--viewers', '50', '--rate', '200', '--seconds', '10', '--settle', '120']
    return (await this.#load('--show', 'crowd', ...crowd)) === 0
  }

  /** Viewers vote, some twice; the poll is sealed and every receipt checked. Returns whether all agrees. */
  async votes(): Promise<boolean> {
    const crowd = ['--viewers', '500', '--rate', '50', '--settle', '240', '--proofs', '50']
    return (
      (await this.#load('--votes', '--show', 'crowd', '--studio', STUDIO, '--secret', SECRET, ...crowd)) === 0
    )
  }

  /** Returns whether Prometheus has its rules and scrapes every role, and Grafana finds it and the dashboard. */
  async watches(): Promise<boolean> {
    const jobs = async () => {
      const { data } = await jsonAt<{
        data: { result: { metric: { job: string }; value: [number, string] }[] }
      }>(`${GRAFANA}/api/v1/query?query=up`)
      return data.result.map(({ metric, value: [, isUp] }) => `${metric.job} ${isUp}`).toSorted()
    }
    const all = ['aggregate', 'deliver', 'edge', 'ingest', 'studio'].map((role) => `roar-${role} 1`)
    const { data } = await jsonAt<{ data: { groups: { rules: unknown[] }[] } }>(`${PROMETHEUS}/api/v1/rules`)
    const rules = data.groups.flatMap((group) => group.rules).length
    const [dashboard, ...more] = await jsonAt<unknown[]>(`${GRAFANA}/dashboards`)
    const isOurs = more.length === 0 && Bun.deepEquals(dashboard, await Bun.file(DASHBOARD_FILE).json())
    await until(jobs, (found) => Bun.deepEquals(found, all))
    console.log(`compose: Prometheus has ${rules} rules and scrapes ${all.join(', ')}; Grafana: ${isOurs}`)
    return rules === (await Bun.file(RULES).text()).match(/- alert:/g)?.length && isOurs
  }

  /** Returns whether each of our roles drained and exited with 0. */
  async stop(): Promise<boolean> {
    await this.#must(...COMPOSE, 'stop')
    const ended = await this.#said('podman', 'ps', '--all', '--format', '{{.Image}} {{.Names}} {{.ExitCode}}')
    const ours = ended.split('\n').filter((line) => line.startsWith('localhost/roar:'))
    console.log(ours.join('\n'))
    return ours.length === 6 && ours.every((line) => line.endsWith(' 0'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#checks)
    await this.#run(...COMPOSE, 'logs', '--no-color', '--tail', '20')
    await this.#run(...COMPOSE, 'down', '--volumes')
    for (const process of this.#running) {
      process.kill()
      await process.exited
    }
    await this.#run('podman', 'unmount', '--all')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The folder of each stand-in, and the image it replaces. */
  async #foreignImages(): Promise<[string, string][]> {
    const { services } = Bun.YAML.parse(await Bun.file(FILE).text()) as {
      services: Record<string, { image: string }>
    }
    return Object.entries(services)
      .map(([service, { image }]): [string, string] => [
        service,
        image.includes('/') ? image : `library/${image}`,
      ])
      .filter(([, image]) => image !== 'library/roar')
  }

  #build = (folder: string, tag: string, ...how: string[]): Promise<void> =>
    this.#must('buildah', 'bud', '--isolation', 'chroot', '--format', 'docker', ...how, '--tag', tag, folder)

  #roar = (...argv: string[]): Promise<void> =>
    this.#must(join(ROOT, 'roar'), ...argv, '--url', STUDIO, '--auth-secret', SECRET)

  #load = (...argv: string[]): Promise<number> =>
    this.#run(join(ROOT, 'roar'), 'load', '--url', PAGE, ...argv)

  #start(...command: string[]): Subprocess {
    console.log(`$ ${command.join(' ').replaceAll(ROOT, '.')}`)
    return Bun.spawn(command, { env: this.#env, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' })
  }

  #run = (...command: string[]): Promise<number> => this.#start(...command).exited

  async #must(...command: string[]): Promise<void> {
    const code = await this.#run(...command)
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`)
  }

  async #said(...command: string[]): Promise<string> {
    return new Response(Bun.spawn(command, { env: this.#env, stderr: 'inherit' }).stdout).text()
  }
}

const jsonAt = async <Answer>(url: string): Promise<Answer> => (await (await fetch(url)).json()) as Answer
