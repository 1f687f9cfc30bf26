import { afterAll, beforeAll, expect, test } from 'bun:test'
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet'
import { RoarError } from '../../protocol/errors.ts'
import { parquetOf } from '../../services/studio/export-parquet.ts'
import type { ExportRow } from '../../services/studio/export-rows.ts'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'

let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50', '--auth-secret', SECRET)
  const none = { totals: [], shifts: [], cells: [], cellsFrom: 0, moods: [] }
  const { store } = roar.things
  await store!.saveCounts('final', { ...none, history: HISTORY }, await store!.term())
  for (let i = 0; i < 510; i++)
    await store!.polls.record('final', {
      at: AT,
      who: '=HYPERLINK("x"),pat',
      action: 'switch',
      poll: '',
      detail: { i },
    })
})
afterAll(() => roar.stop())

const AT = 1_700_000_000_000
/** More steps than are read at once; of a segment that the show has, one that it had, and viewers without a segment. */
const HISTORY = Array.from({ length: 700 }, (_, i) => ({
  at: AT + i * 1000,
  segment: ['home', 'gone', ''][(i >> 1) % 3]!,
  sticker: 'heart',
  count: i + 1,
}))
const studio = (path: string, token: string | undefined = tokenOf('pat', { role: 'producer' })) =>
  fetch(`${roar.url}/v1/studio/shows/final/${path}`, {
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
  })

test('the export holds every count by segment, also of one that is gone, and the whole trail', async () => {
  const response = await studio(`export.json?from=${AT}&to=${AT + 700_000}`)
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="final.json"')
  const rows = (await response.json()) as Record<string, unknown>[]
  const of = (kind: string) => rows.filter((row) => row.kind === kind)
  expect(of('mood').map(({ at, segment, sticker, count }) => ({ at, segment, sticker, count }))).toEqual(
    HISTORY,
  )
  const entries = of('trail').map(({ count }) => count as number)
  expect(entries).toEqual(Array.from({ length: entries.length }, (_, i) => entries.length - i))
  expect(entries.length).toBeGreaterThanOrEqual(510)
})

test('a step that is read in two parts is one row, wherever the range begins', async () => {
  const rows = (await (
    await studio(`export.json?from=${AT + 1000}&to=${AT + 700_000}&stepMs=2000`)
  ).json()) as { kind: string; at: number; segment: string; count: number }[]
  const mood = rows.filter(({ kind }) => kind === 'mood')
  expect(new Set(mood.map(({ at, segment }) => `${at}/${segment}`)).size).toBe(mood.length)
  expect(mood.reduce((sum, { count }) => sum + count, 0)).toBe((700 * 701) / 2 - 1)
})

test('a poll’s result is in it, for each choice', async () => {
  const poll = {
    poll: 'mvp',
    question: 'Who?',
    choices: ['anna', 'ben'].map((choice) => ({ choice, title: choice })),
  }
  const made = await fetch(`${roar.url}/v1/studio/shows/final/polls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenOf('pat', { role: 'producer' })}` },
    body: JSON.stringify(poll),
  })
  expect(made.status).toBe(201)
  const lines = (await (await studio('export.csv')).text()).split('\r\n')
  expect(
    lines.filter((line) => line.startsWith('result,')).map((line) => line.split(',').slice(4, 7)),
  ).toEqual([
    ['mvp', 'anna', '0'],
    ['mvp', 'ben', '0'],
  ])
})

test('CSV is RFC 4180, and no field of it is a formula to a spreadsheet', async () => {
  const response = await studio(`export.csv?from=${AT}&to=${AT + 1000}`)
  expect(response.headers.get('content-type')).toStartWith('text/csv')
  const text = await response.text()
  expect(text).toStartWith(
    `kind,at,segment,sticker,poll,choice,count,who,action,detail\r\nmood,${AT},home,heart,,,1,,,\r\n`,
  )
  expect(text).toContain(`"'=HYPERLINK(""x""),pat",switch,"{""i"":509}"\r\n`)
  expect(text).toEndWith('\r\n')
})

test.each([
  ['=1+1', "'=1+1"],
  ['＝1+1', "'＝1+1"],
  ['\n=1+1', `"\n'=1+1"`],
  ['pat;=1+1', "pat;'=1+1"],
  ['pat;"=1+1"', `"pat;'""=1+1"""`],
  ['pat; @SUM(A1)', "pat;' @SUM(A1)"],
  ['pat@stadium.example of the studio', 'pat@stadium.example of the studio'],
  ['a;b - c=d', 'a;b - c=d'],
])('%j is no formula, however the file is cut into cells', async (who, field) => {
  const at = AT - 1000
  await roar.things.store!.polls.record('final', { at, who, action: 'cell', poll: '', detail: {} })
  const csv = await (await studio(`export.csv?from=${at}&to=${at + 500}`)).text()
  expect(csv.includes(`,${field},cell,{}\r\n`)).toBe(true)
})

test('Parquet has the same rows, with times in UTC and counts as 64-bit integers', async () => {
  const range = `?from=${AT}&to=${AT + 700_000}`
  const response = await studio(`export.parquet${range}`)
  expect(response.headers.get('content-type')).toBe('application/vnd.apache.parquet')
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="final.parquet"')
  const file = await response.arrayBuffer()
  const columns = parquetSchema(parquetMetadata(file)).children.map(({ element }) => element)
  expect(columns.find(({ name }) => name === 'at')).toMatchObject({
    ...{ type: 'INT64', repetition_type: 'REQUIRED' },
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  })
  expect(columns.find(({ name }) => name === 'count')).toMatchObject({ type: 'INT64' })
  const rows = (await parquetReadObjects({ file })).map((row) => ({
    ...row,
    ...{ at: (row.at as Date).getTime(), count: Number(row.count as bigint) },
  }))
  const json = (await (await studio(`export.json${range}`)).json()) as { kind: string; at: number }[]
  // A result has the time of its request.
  const lasting = (all: Record<string, unknown>[]) => all.filter(({ kind }) => kind !== 'result')
  expect(lasting(rows)).toEqual(lasting(json))
  expect(rows.length).toBe(json.length)
})

test('a long Parquet export is written in groups, and one of no rows is a whole file too', async () => {
  async function* many() {
    for (let part = 0; part < 35; part++)
      yield Array.from({ length: 1000 }, (_, i) => rowOf(part * 1000 + i, Number.MAX_SAFE_INTEGER - i))
  }
  const parts = await Array.fromAsync(parquetOf(many()))
  expect(parts.length).toBe(8)
  const file = Buffer.concat(parts).buffer
  expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual(
    Array.from({ length: 7 }, () => 5000),
  )
  const last = (await parquetReadObjects({ file })).at(-1)
  expect(last).toMatchObject({ at: new Date(AT + 34_999), count: BigInt(Number.MAX_SAFE_INTEGER) - 999n })

  const none = Buffer.concat(await Array.fromAsync(parquetOf((async function* () {})())))
  expect(await parquetReadObjects({ file: new Uint8Array(none).buffer })).toEqual([])
})

const rowOf = (i: number, count: number): ExportRow => ({
  ...{ kind: 'mood', at: AT + i, segment: '', sticker: 'heart', poll: '', choice: '', count },
  ...{ who: '', action: '', detail: '' },
})

test.each(['export.csv', 'export.json', 'export.parquet'])(
  '%s is for producers, and says what is wrong with a question',
  async (path) => {
    expect((await studio(path, '')).status).toBe(401)
    expect((await studio(path, tokenOf('ann'))).status).toBe(403)
    for (const query of [
      '?from=0',
      '?from=2000&to=1000',
      '?stepMs=1500',
      '?stepMs=0',
      '?from=soon',
      '?to=-1',
    ])
      expect([query, (await studio(path + query)).status]).toEqual([query, 400])
  },
)

test('an export whose store is away is refused, and one whose store goes away breaks off', async () => {
  const store = roar.things.store!
  const { history } = store
  const away = () => Promise.reject(new RoarError('store_unavailable', 'the store is away'))
  try {
    store.history = away
    expect((await studio('export.json')).status).toBe(503)
    let reads = 0
    store.history = (...args) => (++reads > 1 ? away() : history(...args))
    const begun = await studio(`export.json?from=${AT}&to=${AT + 700_000}`)
    expect(begun.status).toBe(200)
    expect(await begun.text().catch(() => 'broken off')).toBe('broken off')
  } finally {
    store.history = history
  }
})

test('the health of a show is that of the parts behind it, in words', async () => {
  const health = await (await studio('health')).json()
  expect(health).toMatchObject({ working: true })
  expect(health).toHaveProperty(
    'parts',
    expect.arrayContaining([{ part: 'store', state: 'working', words: 'store is working' }]),
  )
  roar.supervisor.register('scoreboard', { neededFor: [] }).waiting('no lamp answers')
  expect(await (await studio('health')).json()).toMatchObject({
    working: false,
    parts: expect.arrayContaining([
      expect.objectContaining({
        part: 'scoreboard',
        state: 'waiting',
        words: 'scoreboard is waiting: no lamp answers',
      }),
    ]),
  })
  expect((await studio('health', '')).status).toBe(401)
  expect((await studio('health', tokenOf('ann'))).status).toBe(403)
})
