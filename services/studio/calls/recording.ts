import { RECORDING_VERSION } from '../../../protocol/recording.ts'
import { answer, call } from '../../http/call/call.ts'
import { streamOf } from '../../http/stream-of.ts'
import { spanQuery } from '../../shows/history.ts'
import { RecordingLineSchema } from '../../shows/recording-line.ts'
import type { StudioContext } from '../context.ts'
import { exportSpanOf } from '../export-rows.ts'
import { recordingLines } from '../recording.ts'

const { stepMs: _, ...query } = spanQuery('What viewers did from here on; default: a day before `to`')

export const getRecording = call({
  id: 'getRecording',
  method: 'GET',
  path: '/v1/studio/shows/{show}/recording',
  tag: 'Studio',
  summary: 'Get what viewers did in a show as a recording, to play it again',
  description:
    'One JSON object a line: `recording`, then `poll`, `votes` and `taps`; times are milliseconds since the first tap. Counts alone, a day at most. `roar replay` plays it. A response that breaks off is incomplete: request it again.',
  who: 'analyst',
  query,
  answers: {
    200: answer(
      'The lines',
      RecordingLineSchema,
      { line: 'recording', version: RECORDING_VERSION, title: 'The final' },
      'application/x-ndjson',
    ),
  },
  errors: ['store_unavailable'],
}).handle(async (context: StudioContext, { params: { show }, query: asked }) => ({
  status: 200,
  headers: { 'content-disposition': `attachment; filename="${show}.ndjson"` },
  stream: await streamOf(written(context, show, asked)),
}))

async function* written(
  context: StudioContext,
  show: string,
  asked: { from: number | undefined; to: number | undefined },
): AsyncGenerator<string> {
  const span = exportSpanOf({ ...asked, stepMs: undefined }, context.clock.now())
  for await (const lines of recordingLines(context, show, span))
    yield lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
