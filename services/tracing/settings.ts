import * as v from 'valibot'
import { group, setting } from '../../settings/setting.ts'
import { httpAddressOrNone } from '../../settings/values.ts'

const ratio = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d*\.?\d+$/), v.transform(Number))], 'is not a number'),
  v.minValue(0, 'is less than 0'),
  v.maxValue(1, 'is more than 1'),
)

/** Where traces go, and how many. */
export const TRACING_SETTINGS = group('Tracing', {
  'otlp-endpoint': setting(
    httpAddressOrNone('http://host:4318'),
    '',
    'The collector for traces, by OTLP over HTTP, such as http://localhost:4318. Empty: the value of OTEL_EXPORTER_OTLP_ENDPOINT, and without that no tracing.',
  ),
  'trace-sample': setting(
    ratio,
    0.01,
    'The share of requests that start a trace, from 0 to 1. A request with a trace header continues that trace.',
  ),
})
