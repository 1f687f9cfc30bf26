import { afterAll, beforeAll, test } from 'bun:test'
import { systemClock } from '../../adapters/clock/clock.ts'
import { openStore } from '../../adapters/registry.ts'
import { type Cluster, startCluster } from '../../deploy/cluster/cluster.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import { createPasswords } from '../../services/people/passwords.ts'
import { createPeople } from '../../services/people/people.ts'
import { DESKTOP, openChromium, TABLET } from '../browser/chromium.ts'
import { type Postgres, startPostgres } from '../cluster/postgres.ts'
import { type Nginx, startNginx } from '../proxies/nginx.ts'
import { changing, linesOf } from './changes.ts'
import { evening } from './evening.ts'
import { wiping } from './wiping.ts'

/**
 * `npm run evening`: the evening of the browser tests on a whole cluster, with PostgreSQL, Kafka, Spark, Mosquitto, every role as
 * a process, and nginx before them; then changes of a show, whose times at each role it prints, and a rehearsal that is wiped. It
 * takes some minutes, most of them for programs in Java to start.
 */
const COUNTED_WITHIN_MS = 60_000
const TIMEOUT_MS = 600_000

let postgres: Postgres
let cluster: Cluster
let front: Nginx
let token: string

beforeAll(async () => {
  postgres = await startPostgres()
  const tell = (step: string) => process.stderr.write(`${step}\n`)
  cluster = await startCluster({ parts: { store: postgres.url }, port: 0, tell })
  const { ingest1, studio } = cluster.roles
  const to = (url: string) =>
    `proxy_pass ${url}; proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_buffering off;`
  front = await startNginx([
    () => `
      location / { ${to(ingest1.url)} }
      location /studio { ${to(studio.url)} }
      location /v1/studio/ { ${to(studio.url)} }`,
  ])
  const exp = Math.floor(Date.now() / 1000) + 3600
  const sign = tokenSigner(new TextEncoder().encode(cluster.secret))
  token = sign({ sub: 'pat', exp, role: 'producer' })
}, TIMEOUT_MS)
afterAll(async () => {
  await front?.stop()
  await cluster?.stop()
  await postgres?.close()
}, TIMEOUT_MS)

test.each([
  ['a desktop', DESKTOP, 2026],
  ['a tablet', TABLET, 2027],
] as const)(
  'the evening of the browser tests is right on a whole cluster of real parts, on %s',
  async (name, screen, year) => {
    const store = await openStore(postgres.url)
    const people = createPeople({ store: store.people, passwords: createPasswords(), clock: systemClock })
    const browser = await openChromium()
    try {
      const link = await people.ownersLink('further', 'an evening')
      const timeoutMs = COUNTED_WITHIN_MS
      const times = await evening({
        url: front.urls[0]!,
        link: link!,
        token,
        browser,
        timeoutMs,
        screen,
        year,
      })
      for (const [viewer, ms] of Object.entries(times))
        process.stderr.write(`a post removed on ${name} left the ${viewer} after ${ms.toFixed(0)} ms\n`)
    } finally {
      await browser.close()
      await store.close()
    }
  },
  TIMEOUT_MS,
)

test(
  'a change of a show is at every role that has to do with shows, and how soon is printed',
  async () => {
    const times = await changing(cluster, token)
    for (const line of linesOf(times)) process.stderr.write(`${line}\n`)
  },
  TIMEOUT_MS,
)

test(
  'a rehearsal is wiped while its processes are killed, and nothing of before counts again, though the counts are read from their start',
  () => wiping(cluster, token),
  TIMEOUT_MS,
)
