import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endOf } from './end-of.ts'
import { ENDS_WITH_US } from './ends-with-us.ts'
import { freePort } from './ports.ts'

export interface ScrapeJob {
  name: string
  /** `http://host:port` or `https://…`, of which no certificate is checked. */
  urls: string[]
}

export interface Prometheus extends AsyncDisposable {
  /** The alerts that fire now, by name. */
  firing(): Promise<Set<string>>
  /** The series that an expression had since the start, with a value that is a number. */
  seriesSinceStart(expression: string): Promise<number>
}

/** Starts Debian's Prometheus on a free port with its own folder. It scrapes and judges each second. @param rules As in a file. */
export async function startPrometheus({
  jobs,
  rules,
}: {
  jobs: ScrapeJob[]
  rules: string
}): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-prometheus-'))
  const at = (name: string) => join(folder, name)
  await Bun.write(at('rules.yml'), rules)
  await Bun.write(at('prometheus.yml'), JSON.stringify(configOf(jobs)))
  const url = `http://127.0.0.1:${await freePort()}`
  const program = Bun.spawn(
    [
      ...ENDS_WITH_US,
      'prometheus',
      ...[`--config.file=${at('prometheus.yml')}`, `--storage.tsdb.path=${at('data')}`],
      ...[`--web.listen-address=${new URL(url).host}`],
    ],
    { stdout: 'ignore', stderr: Bun.file(at('log')) },
  )
  const startedS = Date.now() / 1000
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isReady())) {
    if (endOf(program) !== null)
      throw new Error(`Prometheus ended with ${endOf(program)}:\n${await Bun.file(at('log')).text()}`)
    await Bun.sleep(100)
  }
  const ask = async <Data>(path: string, query: Record<string, string> = {}): Promise<Data> => {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query)}`)
    const { data, error } = (await answer.json()) as { data: Data; error?: string }
    if (error !== undefined) throw new Error(`Prometheus: ${error}`)
    return data
  }
  return {
    async firing() {
      const { alerts } = await ask<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts')
      return new Set(alerts.flatMap(({ state, labels }) => (state === 'firing' ? [labels.alertname] : [])))
    },
    async seriesSinceStart(expression) {
      const range = { start: String(startedS), end: String(Date.now() / 1000), step: '1' }
      const { result } = await ask<{ result: { values: [number, string][] }[] }>('query_range', {
        query: expression,
        ...range,
      })
      return result.filter(({ values }) => values.some(([, value]) => value !== 'NaN')).length
    },
    async [Symbol.asyncDispose]() {
      program.kill()
      await program.exited
      rmSync(folder, { recursive: true })
    },
  }
}

const configOf = (jobs: ScrapeJob[]) => ({
  global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
  rule_files: ['rules.yml'],
  scrape_configs: jobs.flatMap(({ name, urls }) =>
    urls.map((url) => ({
      job_name: `${name} ${url}`,
      scheme: new URL(url).protocol.slice(0, -1),
      tls_config: { insecure_skip_verify: true },
      // Addresses of one job may differ in their scheme.
      static_configs: [{ targets: [new URL(url).host], labels: { job: name } }],
    })),
  ),
})
