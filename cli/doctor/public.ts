import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { whyUnreachable } from '../../load/why-unreachable.ts'
import { plural } from '../../protocol/plural.ts'
import { hostOf, isThisMachine } from '../../services/http/ip.ts'
import type { Config } from '../settings.ts'
import { clockFindings } from './clock.ts'
import { bad, type Finding, ok, warn } from './finding.ts'

const ANSWER_MS = 5_000
const DAY_MS = 86_400_000
/** Automatic renewal happens a month before expiry: with fewer days left, it does not work. */
const CERTIFICATE_DAYS_MIN = 14
/** Belongs to no show: every role answers it with an error of its own. */
const STRANGE_PATH = '/v1/doctor'

type PublicConfig = Pick<Config, 'public-url' | 'pubsub-urls' | 'trust-proxy' | 'tls-cert'>

/**
 * Checks how viewers reach the server, from where they do: TLS, proxies, the path of packets, clocks.
 * @param sendsViewers Whether viewers get packets from it, or learn from it where to get them.
 */
export async function publicFindings(config: PublicConfig, sendsViewers: boolean): Promise<Finding[]> {
  const address = config['public-url']
  if (address === '') return []
  const url = new URL(address)
  const [reached, tls] = await Promise.all([answerAt(address), certificateAt(url)])
  const places =
    config['pubsub-urls'].length > 0 ? config['pubsub-urls'] : sendsViewers ? [packetsAt(url)] : []
  const sockets = reached.isRoar ? await Promise.all(places.filter(isWebSocket).map(socketAt)) : []
  return [...reached.findings, ...tls, ...proxy(config, url), ...sockets]
}

const WHAT = 'public-url'
const isWebSocket = (place: string): boolean => /^wss?:/.test(place)
const packetsAt = (url: URL): string => `${url.href.replace(/^http/, 'ws').replace(/\/$/, '')}/mqtt`

async function answerAt(address: string): Promise<{ isRoar: boolean; findings: Finding[] }> {
  const failed = (says: string) => ({ isRoar: false, findings: [bad(WHAT, `${address} ${says}`)] })
  try {
    const answer = await fetch(address + STRANGE_PATH, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    const target = answer.headers.get('location')
    if (target !== null)
      return failed(
        `redirects to ${target}: taps do not follow redirects, so set public-url to the final address`,
      )
    const { code } = (await answer.json().catch(() => ({}))) as { code?: string }
    if (code !== 'not_found')
      return failed(
        `is not a Roar server, or a proxy answers in its place: ${answer.status} to ${STRANGE_PATH}`,
      )
    return { isRoar: true, findings: [ok(WHAT, `${address} is a Roar server`), ...clockFindings(answer)] }
  } catch (cause) {
    return failed(`cannot be reached: ${whyUnreachable(cause)}`)
  }
}

/** How long the certificate that viewers see is valid; a fault of it is the reason why the address cannot be reached. */
async function certificateAt(url: URL): Promise<Finding[]> {
  if (url.protocol === 'http:') {
    if (isThisMachine(hostOf(url))) return []
    return [warn('tls', `${url.origin} is not https: anyone on the network path can read tokens`)]
  }
  const days = await certificateDays(url)
  if (days === undefined) return []
  const says = `the certificate of ${url.host} is valid for another ${plural(Math.floor(days), 'day')}`
  return [days < CERTIFICATE_DAYS_MIN ? warn('tls', `${says}: renew it`) : ok('tls', says)]
}

function certificateDays(url: URL): Promise<number | undefined> {
  const host = hostOf(url)
  return new Promise((resolve) => {
    // SNI carries no IP addresses (RFC 6066 section 3).
    const servername = isIP(host) === 0 ? { servername: host } : {}
    const socket = connect({ host, ...servername, port: Number(url.port) || 443, timeout: ANSWER_MS })
    const end = (days?: number) => {
      socket.destroy()
      resolve(days)
    }
    socket.once('secureConnect', () =>
      end((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / DAY_MS),
    )
    socket.once('error', () => end())
    socket.once('timeout', () => end())
  })
}

/** If TLS ends before this program, there is a proxy, and all viewers share its address. */
function proxy(config: PublicConfig, { protocol }: URL): Finding[] {
  const isBehindOne = protocol === 'https:' && config['tls-cert'] === ''
  if (!isBehindOne || config['trust-proxy'] !== false) return []
  return [
    warn(
      'trust-proxy',
      'TLS ends at a proxy, so set trust-proxy: without it all viewers share the limits of one address',
    ),
  ]
}

/** Viewers whose WebSocket is blocked fall back to Server-Sent Events, which cost more of everything. */
function socketAt(place: string): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = new WebSocket(place, ['mqtt'])
    const end = (finding: Finding) => {
      clearTimeout(timer)
      socket.close()
      resolve(finding)
    }
    const failed = () =>
      end(
        warn(
          'packets',
          `no WebSocket gets through to ${place}: let the proxy pass Upgrade, or viewers fall back to Server-Sent Events`,
        ),
      )
    const timer = setTimeout(failed, ANSWER_MS)
    socket.onopen = () => end(ok('packets', `WebSockets get through to ${place}`))
    socket.onerror = failed
    socket.onclose = failed
  })
}
