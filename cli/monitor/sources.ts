import { isId } from '../../protocol/ids.ts'

/** A poll that is followed, or all polls of a show. */
export interface Source {
  /** The server's address, without a slash at its end. */
  server: string
  show: string
  poll?: string
}

/** A poll's or a show's address, as the API has it; undefined where it is none. */
export function sourceOf(address: string): Source | undefined {
  const [, server, show = '', poll] =
    /^(https?:\/\/.+?)\/v1\/shows\/([^/]+)(?:\/polls\/([^/]+))?\/?$/.exec(address) ?? []
  if (server === undefined || !isId(show) || (poll !== undefined && !isId(poll))) return undefined
  return { server, show, ...(poll !== undefined && { poll }) }
}
