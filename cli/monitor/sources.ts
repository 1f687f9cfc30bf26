import { isId } from '../../protocol/ids.ts'

/** A followed poll, or all polls of a show. */
export interface Source {
  /** The server's address, without a trailing slash. */
  server: string
  show: string
  poll?: string
}

/** Parses a poll's or a show's address in the API; undefined if it is none. */
export function sourceOf(address: string): Source | undefined {
  const [, server, show = '', poll] =
    /^(https?:\/\/.+?)\/v1\/shows\/([^/]+)(?:\/polls\/([^/]+))?\/?$/.exec(address) ?? []
  if (server === undefined || !isId(show) || (poll !== undefined && !isId(poll))) return undefined
  return { server, show, ...(poll !== undefined && { poll }) }
}
