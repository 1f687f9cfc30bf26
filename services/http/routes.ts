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

/** A complete response. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** A complete request, for a route that a fast lane answers. */
export interface WholeRequest {
  /** The path's parameters: ids. */
  params: Readonly<Record<string, string>>
  /** ASCII. */
  body: string
  authorization: string | undefined
  /** For work caused by it; undefined if it is not traced. */
  trace?: TraceContext | undefined
  /** See `peerAddress`. */
  address(trust: TrustProxy): string
}

/** Whom a request comes from. */
export type Sender = Pick<WholeRequest, 'address'>

/** Admits a request. @param target Its path, or its path and query. @throws RoarError if it must not be answered */
export type Admit = (sender: Sender, target: string) => void

/** A `POST` route with a small body whose requests a fast lane answers, before they become a `Request`. */
export interface LaneRoute {
  method?: 'POST'
  /** As in the call's definition: `/v1/shows/{show}/reactions`. */
  path: string
  /**
   * Does what the route does, and throws or rejects with the same errors. An asynchronous result must have a bounded delay; until
   * then nothing more of its connection is read. Undefined: nothing was done, and the route must do it. Returning the same
   * object, or the same headers, is cheaper than equal ones.
   */
  answer(request: WholeRequest): Answer | Promise<Answer> | undefined
}

/** A response that does not end: once its head is sent, the socket has another owner. */
export interface Streaming {
  headers: Record<string, string>
  open(socket: Socket<SocketOwner>): SocketOwner
}

/** A `GET` route whose responses do not end: the fast lane hands over their sockets. A viewer is one file then, and not three. */
export interface StreamRoute {
  method: 'GET'
  path: string
  /** As of a `LaneRoute`. @param request With path and query. */
  answer(request: WholeRequest & { target: string }): Promise<Streaming>
}

/** The new owner of a socket: receives the runtime's events. */
export interface SocketOwner {
  data(chunk: Buffer): void
  /** The socket accepts bytes again. */
  drain(): void
  /** The peer sends no more. */
  ended(): void
  closed(): void
}

/** A complete WebSocket handshake. */
export interface UpgradeRequest {
  /** The path's query, without the question mark; empty where there is none. */
  query: string
  /** Subprotocols that the client offers, in its order. */
  protocols: readonly string[]
  authorization: string | undefined
  /** See `peerAddress`. */
  address(trust: TrustProxy): string
}

/**
 * A `GET` route whose sockets a fast lane hands over itself: a viewer's bytes then pass through one socket of this process
 * instead of three.
 */
export interface UpgradeRoute {
  /** One of the `Routes`, without parameters. */
  path: string
  /** Undefined: the route must answer. Else the accepted subprotocol, and the socket's owner once 101 is written. */
  accept(
    request: UpgradeRequest,
  ): { protocol: string; open(socket: Socket<SocketOwner>): SocketOwner } | undefined
}
