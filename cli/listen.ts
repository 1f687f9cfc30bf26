import { lookup } from 'node:dns/promises'
import type { Edge } from '../services/edge/edge.ts'
import type { TcpOptions } from '../services/edge/tcp.ts'
import { type Http, type HttpOptions, startHttp } from '../services/http/server.ts'
import { ConfigError } from '../settings/config-error.ts'

/** Starts the server, or says in a sentence why its address cannot be had. @throws ConfigError */
export async function listen(options: HttpOptions): Promise<Http> {
  try {
    return startHttp(options)
  } catch (cause) {
    throw await unlistenable('port', options, cause)
  }
}

/** Lets the edge take MQTT over TCP, and returns at which port, and how to stop. @throws ConfigError, in a sentence, when the address cannot be had */
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

/** Why nobody can listen there. @param name The setting of the port. */
export async function unlistenable(
  name: 'port' | 'mqtt-port',
  { host, port }: { host: string; port: number },
  cause: unknown,
): Promise<ConfigError> {
  // Asked first: the runtime has no code of its own for a host that is none, and shows an older one.
  const isHost = await lookup(host).then(
    () => true,
    () => false,
  )
  if (!isHost)
    return new ConfigError('host', `${host} is neither an address of this machine nor a name of one`)
  const { code, message } = cause as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    EADDRINUSE: 'is in use by another program',
    EADDRNOTAVAIL: 'is not at an address of this machine',
    EACCES: 'is not allowed to this user',
  }
  const reason = reasons[code ?? ''] ?? `cannot be listened on: ${message}`
  return new ConfigError(name, `${port} on ${host} ${reason}`)
}
