import * as v from 'valibot'
import { answer, call } from '../../http/call/call.ts'
import { component, count, text, time } from '../../http/call/schemas.ts'
import { type SpanQuery, spanQuery } from '../../shows/history.ts'
import type { StudioContext } from '../context.ts'
import { type ExportRow, exportRows, exportSpanOf } from '../export-rows.ts'
import { streamOf } from '../stream-of.ts'

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
    detail: v.pipe(text, v.description('What a producer asked for, as JSON')),
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
 * A field of RFC 4180. A spreadsheet would take a text that begins like a formula for one, and a name can come from outside:
 * such a text has an apostrophe before it.
 */
function field(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
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

async function* written(rows: AsyncIterable<ExportRow[]>, format: Format): AsyncGenerator<string> {
  let isFirst = true
  let text = format.first
  for await (const some of rows) {
    for (const row of some) {
      text += format.line(row, isFirst)
      isFirst = false
    }
    yield text
    text = ''
  }
  yield text + format.last
}

const DEFINITION = {
  method: 'GET',
  tag: 'Studio',
  description:
    'The mood by step, segment and sticker, oldest first; the results of the polls as they are now; the trail, newest first. At most 31 days. A response that breaks off is incomplete: request it again.',
  who: 'analyst',
  query: spanQuery('The mood from here on; default: a day before `to`'),
} as const

const streamed = async (
  context: StudioContext,
  { params, query }: { params: { show: string }; query: SpanQuery },
  { format, name }: { format: Format; name: string },
) => {
  const rows = exportRows(context, params.show, exportSpanOf(query, context.clock.now()))
  return {
    status: 200,
    headers: { 'content-disposition': `attachment; filename="${params.show}.${name}"` },
    stream: await streamOf(written(rows, format)),
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
}).handle((context: StudioContext, asked) => streamed(context, asked, { format: CSV, name: 'csv' }))

export const exportJson = call({
  ...DEFINITION,
  errors: ['store_unavailable'],
  id: 'exportJson',
  path: '/v1/studio/shows/{show}/export.json',
  summary: 'Export what happened in a show, as JSON',
  answers: { 200: answer('The same rows', v.array(RowSchema), [EXAMPLE]) },
}).handle((context: StudioContext, asked) => streamed(context, asked, { format: JSON_ARRAY, name: 'json' }))
