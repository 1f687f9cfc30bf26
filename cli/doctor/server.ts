import { isRefused, whyUnreachable } from '../../load/why-unreachable.ts'
import type { Config } from '../settings.ts'
import { fetchHere, urlHere } from '../url-here.ts'
import { clockFindings } from './clock.ts'
import { bad, type Finding, ok, warn } from './finding.ts'

const ANSWER_MS = 3_000

interface Readiness {
  status?: string
  parts?: Record<string, { state: string; reason?: string }>
}

/** What answers at the configured address, and its state. */
export async function serverFindings(config: Pick<Config, 'host' | 'port' | 'tls-cert'>): Promise<Finding[]> {
  const url = urlHere(config)
  let answer: Response
  try {
    answer = await fetchHere(`${url}/readyz`, AbortSignal.timeout(ANSWER_MS))
  } catch (cause) {
    return [
      isRefused(cause)
        ? ok('server', `nothing listens at ${url} yet`)
        : bad('server', `${url}: ${whyUnreachable(cause)}`),
    ]
  }
  const { status, parts } = (await answer.json().catch(() => ({}))) as Readiness
  if (status === undefined)
    return [
      bad(
        'server',
        `another program answers at ${url} (${answer.status} to /readyz): stop it, or set another port`,
      ),
    ]
  const head = status === 'ready' ? ok('server', `${url} is ready`) : bad('server', `${url} is not ready`)
  const waiting = Object.entries(parts ?? {}).filter(([, { state }]) => state !== 'working')
  const details = waiting.map(([part, { state, reason = '' }]) => warn(part, `${state} ${reason}`.trim()))
  return [head, ...details, ...clockFindings(answer)]
}
