const TARGET = /^(?:\w+:\/\/[^/?]*)?([^?]*)\??(.*)$/s

/** The request's path and query, whatever its Host says: HTTP/1.0 needs none, and then the runtime's `url` is no URL. */
export function targetOf({ url }: { url: string }): { path: string; query: URLSearchParams } {
  const [, path = '', query = ''] = TARGET.exec(url) ?? []
  return { path, query: new URLSearchParams(query) }
}
