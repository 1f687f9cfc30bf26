import { join } from 'node:path'
import { startJaeger } from '../../deploy/programs/jaeger.ts'
import { type DrawnSpan, drawTrace } from './draw-trace.ts'
import { voteThroughKafka } from './vote-through-kafka.ts'

/**
 * `npm run traces`: one vote through a real Kafka and back with a real Jaeger as its collector, which is then asked for the trace.
 * What it says is held against what it should, and drawn for the docs. The first run builds Jaeger, with Go.
 */
const PICTURE = join(import.meta.dir, '../../docs/vote-trace.svg')
const EXPECTED = [
  'POST /v1/shows/{show}/polls/{poll}/votes',
  'append ballots',
  'read ballots',
  'tally',
  'append tallies',
  'read tallies',
  'certify',
]
/** How often Jaeger is asked again, a tenth of a second between. */
const QUESTIONS_MAX = 600

/** As Jaeger's API tells it; times in microseconds. */
interface JaegerSpan {
  spanID: string
  operationName: string
  references: { refType: string; spanID: string }[]
  startTime: number
  duration: number
}

const traceId = crypto.randomUUID().replaceAll('-', '')
const jaeger = await startJaeger()
try {
  const asked = async (name: string): Promise<DrawnSpan[]> => {
    for (let i = 0; i < QUESTIONS_MAX; i++) {
      const answer = await fetch(`${jaeger.url}/api/traces/${traceId}`)
      const { data } = (await answer.json()) as { data: { spans: JaegerSpan[] }[] | null }
      const spans = (data?.[0]?.spans ?? []).map(drawnOf)
      if (spans.some((span) => span.name === name)) return spans
      await Bun.sleep(100)
    }
    throw new Error(`Jaeger has no span ${name} of ${traceId}`)
  }
  await voteThroughKafka(jaeger.otlp, traceId, { isCounted: () => asked('read tallies') })
  const spans = await asked('certify')
  const missing = EXPECTED.filter((name) => !spans.some((span) => span.name === name))
  if (missing.length > 0) throw new Error(`the trace has no ${missing.join(', ')}`)
  await Bun.write(PICTURE, drawTrace(spans, 'One vote through Kafka and back, as Jaeger has it'))
  console.log(`${spans.length} spans; drawn in docs/vote-trace.svg`)
} finally {
  await jaeger.close()
}

function drawnOf({ spanID, operationName, references, startTime, duration }: JaegerSpan): DrawnSpan {
  const parent = references.find(({ refType }) => refType === 'CHILD_OF')?.spanID
  return { id: spanID, parent, name: operationName, startUs: startTime, durationUs: duration }
}
