import type { BunRequest, Server, Socket } from 'bun'
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { TrustProxy } from './forwarded.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type HttpServer = Server<unknown>
/** A handler reports failures by throwing `RoarError`; the server turns them into problem+json. */
// biome-ignore lint/suspicious/noConfusingVoidType: an upgraded WebSocket request has no response
export type Handler = (request: BunRequest, server: HttpServer) => Response | void | Promise<Response | void>
/** Paths in Bun's form (`/v1/shows/:show/mood`), each with its methods. Services return these; one server joins them. */
export type Routes = Record<string, Partial<Record<Method, Handler>>>

/** An answer in whole. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** A request in whole, for a route that a fast lane answers. */
export interface WholeRequest {
  /** What stands in the path at the places of its names: ids. */
  params: Readonly<Record<string, string>>
  /** ASCII. */
  body: string
  authorization: string | undefined
  /** For what follows from it; undefined where it is in no trace. */
  trace?: TraceContext | undefined
  /** See `peerAddress`. */
  address(trust: TrustProxy): string
}

/** A `POST` route with a small body whose requests a fast lane answers, before they become a `Request`. */
export interface LaneRoute {
  /** As in the call's definition: `/v1/shows/{show}/reactions`. */
  path: string
  /**
   * Does what the route does, and throws or rejects with what it throws. What comes later has its own bound in time; until then
   * nothing more of its connection is read. Undefined: nothing was done, and the route has to. The same object again and
   * again is cheaper than an equal one, and so are the same headers.
   */
  answer(request: WholeRequest): Answer | Promise<Answer> | undefined
}

/** Whoever has a socket now: the runtime's events go there. */
export interface SocketOwner {
  data(chunk: Buffer): void
  /** The socket takes bytes again. */
  drain(): void
  /** The peer sends no more. */
  ended(): void
  closed(): void
}

/** A WebSocket handshake in whole. */
export interface UpgradeRequest {
  /** The path's query, without the question mark; empty where there is none. */
  query: string
  /** Subprotocols that the client offers, in its order. */
  protocols: readonly string[]
  origin: string | undefined
  authorization: string | undefined
  /** See `peerAddress`. */
  address(trust: TrustProxy): string
}

/**
 * A `GET` route whose sockets a fast lane hands over itself: bytes of a viewer then pass through one socket of this
 * process and not through three.
 */
export interface UpgradeRoute {
  /** One of the `Routes`, without a name in it. */
  path: string
  /** Undefined: the route has to answer. Else which subprotocol is taken, and who has the socket once 101 is written. */
  accept(
    request: UpgradeRequest,
  ): { protocol: string; open(socket: Socket<SocketOwner>): SocketOwner } | undefined
}
