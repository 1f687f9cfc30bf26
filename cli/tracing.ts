import type { Logger } from 'pino'
import { version } from '../package.json'
import { TRACING_SETTINGS } from '../services/tracing/settings.ts'
import { NO_TRACING, type Tracing } from '../services/tracing/tracing.ts'
import type { Config } from './settings.ts'

/**
 * Where this process's spans go. The libraries are loaded only if there is a collector. What no setting covers comes from the
 * standard's environment variables: the exporter's endpoint, headers, certificates and timeout, and the service's name and
 * attributes (OpenTelemetry, "Environment Variable Specification").
 */
export async function openTracing(
  config: Pick<Config, 'otlp-endpoint' | 'trace-sample'>,
  { role, env, logger }: { role: string; env: Record<string, string | undefined>; logger: Logger },
): Promise<Tracing> {
  const endpoint = config['otlp-endpoint']
  const standard = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT
  const isOff = endpoint === '' && !standard
  if (isOff && config['trace-sample'] !== TRACING_SETTINGS['trace-sample'].default)
    logger.warn('trace-sample: no effect without otlp-endpoint')
  if (isOff || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return NO_TRACING
  const [{ OTLPTraceExporter }, { startTracing }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('../services/tracing/open-telemetry.ts'),
  ])
  const url = endpoint === '' ? {} : { url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }
  logger.info({ sample: config['trace-sample'] }, 'traces are exported')
  return startTracing({
    exporter: new OTLPTraceExporter(url),
    service: `roar-${role}`,
    version,
    sample: config['trace-sample'],
  })
}
