import type { BunRequest, Server } from 'bun'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type HttpServer = Server<unknown>
/** A handler reports failures by throwing `RoarError`; the server turns them into problem+json. */
// biome-ignore lint/suspicious/noConfusingVoidType: an upgraded WebSocket request has no response
export type Handler = (request: BunRequest, server: HttpServer) => Response | void | Promise<Response | void>
/** Paths in Bun's form (`/v1/shows/:show/mood`), each with its methods. Services return these; one server joins them. */
export type Routes = Record<string, Partial<Record<Method, Handler>>>
