import { lookup } from 'node:dns/promises'
import type { Edge } from '../services/edge/edge.ts'
import type { TcpOptions } from '../services/edge/tcp.ts'
import { type Http, type HttpOptions, startHttp } from '../services/http/server.ts'
import { ConfigError } from '../settings/config-error.ts'

/** Starts the server. @throws ConfigError, one sentence, when the address is not available */
export async function listen(options: HttpOptions): Promise<Http> {
  try {
    return startHttp(options)
  } catch (cause) {
    throw await unlistenable('port', options, cause)
  }
}

/**
 * Makes the edge listen for MQTT over TCP. Returns the port and a function to stop. @throws ConfigError, one sentence, when the
 * address is not available
 */
export async function listenMqtt(
  edge: Edge,
  { host, ...options }: { host: string } & Omit<TcpOptions, 'hostname'>,
): Promise<ReturnType<Edge['listenTcp']>> {
  try {
    return edge.listenTcp({ ...options, hostname: host })
  } catch (cause) {
    throw await unlistenable('mqtt-port', { host, port: options.port }, cause)
  }
}

/** Why listening fails there. @param name The setting of the port. */
export async function unlistenable(
  name: 'port' | 'mqtt-port',
  { host, port }: { host: string; port: number },
  cause: unknown,
): Promise<ConfigError> {
  // Looked up first: for an unknown host the runtime has no error code of its own, and reports a stale one.
  const isHost = await lookup(host).then(
    () => true,
    () => false,
  )
  if (!isHost)
    return new ConfigError('host', `"${host}" is neither an address of this machine nor a name of one`)
  const { code, message } = cause as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    EADDRINUSE: 'is in use by another program',
    EADDRNOTAVAIL: 'is not at an address of this machine',
    EACCES: 'is not allowed to this user',
  }
  const reason = reasons[code ?? ''] ?? `cannot be listened on: ${message}`
  return new ConfigError(name, `${port} on ${host} ${reason}`)
}
