import * as v from 'valibot'
import { answer, call } from '../../http/call/call.ts'
import { component, count, text, time } from '../../http/call/schemas.ts'
import { streamOf } from '../../http/stream-of.ts'
import { type SpanQuery, spanQuery } from '../../shows/history.ts'
import type { StudioContext } from '../context.ts'
import { parquetOf } from '../export-parquet.ts'
import { type ExportRow, exportRows, exportSpanOf } from '../export-rows.ts'

const RowSchema = component<ExportRow>()(
  'ExportRow',
  v.object({
    kind: v.picklist(['mood', 'result', 'trail']),
    at: time,
    segment: text,
    sticker: text,
    poll: text,
    choice: text,
    count: v.pipe(count, v.description('For an entry of the trail, its number')),
    who: text,
    action: text,
    detail: v.pipe(text, v.description('The request of a producer, as JSON')),
  }),
)
const COLUMNS = Object.keys(RowSchema.entries) as (keyof ExportRow)[]
const EXAMPLE: ExportRow = {
  kind: 'mood',
  at: 1_795_349_712_000,
  segment: 'home',
  sticker: 'heart',
  poll: '',
  choice: '',
  count: 900,
  who: '',
  action: '',
  detail: '',
}

/**
 * Where a spreadsheet would see a formula: at the beginning of a cell, and, where its language separates cells by semicolons or
 * somebody chose tabs, at the beginning of those, with or without quotes.
 */
const FORMULA = /(^|[;\t\r\n])(?=[" ]*[=+\-@＝＋－＠])/g

/** A field of RFC 4180. Names may come from outside: an apostrophe is put before what a spreadsheet would take for a formula. */
function field(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const harmless = value.replace(FORMULA, "$1'")
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

interface Format {
  first: string
  line(row: ExportRow, isFirst: boolean): string
  last: string
}
const CSV: Format = {
  first: `${COLUMNS.join()}\r\n`,
  line: (row) => `${COLUMNS.map((name) => field(row[name])).join()}\r\n`,
  last: '',
}
const JSON_ARRAY: Format = {
  first: '[',
  line: (row, isFirst) => `${isFirst ? '' : ','}\n${JSON.stringify(row)}`,
  last: '\n]\n',
}

/** Writes rows in parts, as fast as they are consumed. */
type Writing = (rows: AsyncIterable<ExportRow[]>) => AsyncGenerator<string | Uint8Array<ArrayBuffer>>

const inLines = ({ first, line, last }: Format): Writing =>
  async function* (rows) {
    let isFirst = true
    let text = first
    for await (const some of rows) {
      for (const row of some) {
        text += line(row, isFirst)
        isFirst = false
      }
      yield text
      text = ''
    }
    yield text + last
  }

const DEFINITION = {
  method: 'GET',
  tag: 'Studio',
  description:
    'The mood by step, segment and sticker, oldest first; the results of the polls as they are now; the trail, newest first. At most 31 days. A response that breaks off is incomplete: request it again.',
  who: 'analyst',
  query: spanQuery('The mood from here on; default: a day before `to`'),
} as const

/** Responds with the rows in one format. @param name The file's extension. */
const answeredAs =
  (name: string, writing: Writing) =>
  async (
    context: StudioContext,
    { params: { show }, query }: { params: { show: string }; query: SpanQuery },
  ) => {
    const rows = exportRows(context, show, exportSpanOf(query, context.clock.now()))
    return {
      status: 200,
      headers: { 'content-disposition': `attachment; filename="${show}.${name}"` },
      stream: await streamOf(writing(rows)),
    } as const
  }

export const exportCsv = call({
  ...DEFINITION,
  errors: ['store_unavailable'],
  id: 'exportCsv',
  path: '/v1/studio/shows/{show}/export.csv',
  summary: 'Export what happened in a show, as CSV',
  answers: {
    200: answer('One line per row (RFC 4180)', v.string(), CSV.first + CSV.line(EXAMPLE, true), 'text/csv'),
  },
}).handle(answeredAs('csv', inLines(CSV)))

export const exportJson = call({
  ...DEFINITION,
  errors: ['store_unavailable'],
  id: 'exportJson',
  path: '/v1/studio/shows/{show}/export.json',
  summary: 'Export what happened in a show, as JSON',
  answers: { 200: answer('The same rows', v.array(RowSchema), [EXAMPLE]) },
}).handle(answeredAs('json', inLines(JSON_ARRAY)))

export const exportParquet = call({
  ...DEFINITION,
  errors: ['store_unavailable'],
  id: 'exportParquet',
  path: '/v1/studio/shows/{show}/export.parquet',
  summary: 'Export what happened in a show, as Apache Parquet',
  answers: {
    200: answer(
      'The same rows as columns: `at` is a timestamp in UTC, `count` a 64-bit integer, all others are texts',
      text,
      'PAR1…PAR1',
      'application/vnd.apache.parquet',
    ),
  },
}).handle(answeredAs('parquet', parquetOf))
