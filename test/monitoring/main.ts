/**
 * `npm run monitoring`: a real Prometheus scrapes a whole cluster, and `roar up` beside it, by the rules and for the dashboard of
 * `deploy/`. promtool checks the metrics of every role; each alert's reason is brought about, ended, and the alert must fire and
 * clear; every panel of the dashboard must have had something to show. Times of the rules are shortened.
 * `--only TEXT`: only what is provoked by something of that text, and no dashboard. Exit code 1 if anything differs, 2 where a program
 * is missing.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { npmFlags } from '../../cli/npm-flags.ts'
import { stopSignal } from '../../cli/stop-signal.ts'
import { startCluster } from '../../deploy/cluster/cluster.ts'
import { QUERIES } from '../../deploy/grafana/dashboard.ts'
import { type Prometheus, startPrometheus } from '../../deploy/programs/prometheus.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'
import { LoneRoar } from './lone-roar.ts'
import { type Provocation, provocations } from './provocations.ts'

const { only } = npmFlags(
  'npm run monitoring',
  { options: { only: { type: 'string' } } },
  ({ values }) => values,
)
const NEEDED = ['prometheus', 'promtool', 'java', 'mvn', 'mosquitto', 'openssl', 'gcc']
const DEPLOY = join(import.meta.dir, '../../deploy')
const RULES = readFileSync(join(DEPLOY, 'prometheus/rules.yml'), 'utf8')
const TAP_EVERY_MS = 100
const VIEWER_EVERY_MS = 1000
/** Against hangs: a process starts several times for an alert, or Spark ends several batches of a backlog. */
const GIVE_UP_MS = 300_000

if (NEEDED.filter((program) => !needs(program)).length > 0) process.exit(2)

const tell = (step: string) => console.log(`monitoring: ${step}`)
let faults = 0
function fault(sentence: string): void {
  faults++
  tell(`FAULT ${sentence}`)
}
// Before anything is started: what is interrupted leaves nothing behind either.
const interrupted = stopSignal().then((reason) => Promise.reject(new Error(`ended by ${reason}`)))
const started = new AsyncDisposableStack()
try {
  await Promise.race([watch(), interrupted])
} catch (cause) {
  fault(Bun.inspect(cause))
} finally {
  await started.disposeAsync()
}
tell(faults === 0 ? 'every alert fired and cleared, and every panel has data' : 'it failed')
process.exit(faults === 0 ? 0 : 1)

async function watch(): Promise<void> {
  const cluster = await startCluster({ port: 0, second: true, tell })
  started.defer(async () => void (await cluster.stop()))
  const lone = started.use(await LoneRoar.start())
  const { studio, ingest1, ingest2, aggregate, deliver, edge1, edge2 } = cluster.roles
  const { bridge, edge: edge3 } = cluster.second!
  const jobs = Object.entries({
    'roar-studio': [studio],
    'roar-ingest': [ingest1, ingest2],
    'roar-aggregate': [aggregate],
    'roar-deliver': [deliver],
    'roar-edge': [edge1, edge2, edge3],
    'roar-bridge': [bridge],
    roar: [lone],
  }).map(([name, processes]) => ({ name, urls: processes.map(({ url }) => url) }))
  for (const { name, urls } of jobs) await checkMetrics(name, urls[0]!)
  const prometheus = started.use(await startPrometheus({ jobs, rules: shortened(RULES) }))
  const tapping = setInterval(() => {
    const burst = { method: 'POST', body: '{"stickers":{"heart":1}}' }
    // It goes on while what is beneath breaks.
    fetch(`${ingest1.url}/v1/shows/final/reactions`, burst).catch(() => {})
  }, TAP_EVERY_MS)
  const coming = setInterval(() => {
    const viewer = connectAsync(`${edge1.url.replace('http', 'ws')}/mqtt`, { reconnectPeriod: 0 }, false)
    viewer.then((one) => one.endAsync()).catch(() => {})
  }, VIEWER_EVERY_MS)
  // A problem, for its panel.
  await fetch(`${ingest1.url}/v1/shows/nothing`)
  await until(prometheus.firing, ({ size }) => size === 0)
  const all = provocations(cluster, lone)
  for (const one of all) if (one.what.includes(only ?? '')) await provoke(prometheus, one)
  clearInterval(tapping)
  clearInterval(coming)
  if (only !== undefined) return
  const known = new Set(all.flatMap(({ alerts }) => alerts))
  for (const [, alert] of RULES.matchAll(/- alert: (\w+)/g))
    if (!known.has(alert!)) fault(`nothing provokes ${alert}`)
  await checkDashboard(prometheus)
}

/**
 * An outage of seconds instead of minutes: what a rule compares stays. How far Spark lags is known once a batch, and one of a backlog
 * takes longer than anything else here but to start a process several times.
 */
function shortened(rules: string): string {
  return rules
    .replaceAll(/for: \d+[ms]/g, 'for: 2s')
    .replaceAll(/((?:deriv|changes)\([^[]+)\[\d+m\]/g, '$1[50s]')
    .replaceAll(/\[\d+m\]/g, '[15s]')
}

async function checkMetrics(role: string, url: string): Promise<void> {
  const answer = await fetch(`${url}/metrics`, { tls: { rejectUnauthorized: false } })
  const check = Bun.spawn(['promtool', 'check', 'metrics'], {
    stdin: new Blob([await answer.text()]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const said = (await new Response(check.stdout).text()) + (await new Response(check.stderr).text())
  if ((await check.exited) !== 0 || said !== '') fault(`promtool on the metrics of ${role}: ${said}`)
  else tell(`promtool finds nothing in the metrics of ${role}`)
}

async function provoke(prometheus: Prometheus, { what, alerts, begin, end }: Provocation): Promise<void> {
  const waitFor = (isSo: (firing: Set<string>) => boolean, otherwise: string): Promise<unknown> =>
    until(prometheus.firing, isSo, { giveUpMs: GIVE_UP_MS }).catch(async () => {
      fault(`${what}: ${otherwise}; firing: ${[...(await prometheus.firing())].join(', ') || 'none'}`)
    })
  const startedMs = performance.now()
  await begin()
  // One may have cleared before the next one fires: votes wait until the log is known to be gone, and are refused from then on.
  const fired = new Set<string>()
  await waitFor((firing) => {
    for (const alert of firing) fired.add(alert)
    return alerts.every((alert) => fired.has(alert))
  }, `not all of ${alerts} fired`)
  const firedMs = performance.now() - startedMs
  await end()
  await waitFor((firing) => !alerts.some((alert) => firing.has(alert)), `not all of ${alerts} cleared`)
  const clearedMs = performance.now() - startedMs
  tell(
    `${what}: ${alerts.join(', ')} fired by ${(firedMs / 1000).toFixed(0)} s, cleared by ${(clearedMs / 1000).toFixed(0)} s`,
  )
}

async function checkDashboard(prometheus: Prometheus): Promise<void> {
  for (const { title, expression } of QUERIES) {
    const asGrafana = expression.replaceAll('$job', 'roar.*').replaceAll('$__rate_interval', '15s')
    if ((await prometheus.seriesSinceStart(asGrafana)) === 0) fault(`${title} is empty: ${expression}`)
  }
  tell(`${QUERIES.length} queries of the dashboard`)
}
