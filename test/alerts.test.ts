import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { DASHBOARD_FILE, dashboard, QUERIES } from '../deploy/grafana/dashboard.ts'
import { startRoar, type TestRoar } from './embedded.ts'
import { needs } from './needs.ts'

const ROOT = join(import.meta.dir, '..')
const read = (path: string) => Bun.file(join(ROOT, path)).text()
const RULES = 'deploy/prometheus/rules.yml'

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[]
}
const rules = (Bun.YAML.parse(await read(RULES)) as Rules).groups.flatMap((group) => group.rules)
const alerts = rules.map(({ alert }) => alert)

let roar: TestRoar
let scraped = ''
beforeAll(async () => {
  roar = await startRoar()
  scraped = await (await fetch(`${roar.url}/metrics`)).text()
})
afterAll(() => roar.stop())

/** The metrics that the roles' documentation lists, and those that a running role also exports. */
async function exported(): Promise<Set<string>> {
  const names = Array.from(scraped.matchAll(/^# TYPE (\w+)/gm), ([, name]) => name!)
  for await (const path of new Bun.Glob('cli/**/*.ts').scan(ROOT)) {
    const source = await read(path)
    for (const [, name] of source.matchAll(/\b(?:counter|gauge|histogram)\(\s*'([a-z_]+)'/g))
      names.push(`roar_${name}`)
    for (const [, name] of source.matchAll(/\bname: '(roar_\w+)'/g)) names.push(name!)
    for (const [, name, outages] of source.matchAll(/countOutages\('(\w+)'|name: `roar_\$\{name\}_(\w+)`/g))
      if (name !== undefined) names.push(`roar_${name}_up`, `roar_${name}_outages_total`)
      else names.push(`roar_pubsub_${outages}`, `roar_upstream_${outages}`)
  }
  return new Set(names)
}

const metricsIn = (expression: string): string[] =>
  Array.from(expression.matchAll(/\b(?:roar|process|nodejs)_\w+/g), ([name]) =>
    name.replace(/_(bucket|sum|count)$/, ''),
  )

test('every metric that a rule or the dashboard asks for is one that some role exports', async () => {
  const known = await exported()
  const asked = [...rules.map(({ expr }) => expr), ...QUERIES.map(({ expression }) => expression)]
  expect(asked.flatMap(metricsIn).filter((name) => !known.has(name))).toEqual([])
  expect(asked.length).toBeGreaterThan(30)
})

test('the dashboard that Grafana is given is the one that follows from its panels: else run npm run dashboard', async () => {
  expect(await Bun.file(DASHBOARD_FILE).json()).toEqual(JSON.parse(JSON.stringify(dashboard())))
})

test('docs/alerts.md says of each alert what it means and what to do, and of no other', async () => {
  const sections = (await read('docs/alerts.md')).split(/^## /m).slice(1)
  expect(sections.map((section) => section.split('\n', 1)[0]!)).toEqual(alerts)
  for (const section of sections) expect(section.trim().split('\n\n').length).toBe(3)
  expect(rules.map(({ annotations }) => annotations.runbook)).toEqual(
    alerts.map((alert) => `docs/alerts.md#${alert.toLowerCase()}`),
  )
})

test.skipIf(!needs('promtool'))('each alert is silent, fires on what it is for, and clears', async () => {
  const { tests } = Bun.YAML.parse(await read('deploy/prometheus/rules.test.yml')) as {
    tests: { alert_rule_test: { eval_time: string; alertname: string; exp_alerts: unknown[] }[] }[]
  }
  const stories = tests.map(({ alert_rule_test: moments }) => ({
    alerts: [...new Set(moments.map(({ alertname }) => alertname))],
    fires: moments
      .toSorted((a, b) => Number.parseInt(a.eval_time, 10) - Number.parseInt(b.eval_time, 10))
      .map(({ exp_alerts }) => exp_alerts.length > 0),
  }))
  expect(stories).toEqual(alerts.map((alert) => ({ alerts: [alert], fires: [false, true, false] })))
  for (const args of [
    ['check', 'config', 'deploy/prometheus/prometheus.yml'],
    ['test', 'rules', 'deploy/prometheus/rules.test.yml'],
  ]) {
    const promtool = Bun.spawn(['promtool', ...args], { cwd: ROOT, stderr: 'pipe', stdout: 'pipe' })
    const [out, err] = await Promise.all([
      new Response(promtool.stdout).text(),
      new Response(promtool.stderr).text(),
    ])
    expect({ code: await promtool.exited, said: out + err }).toMatchObject({ code: 0 })
  }
})
