/**
 * A server's base address for requests: absolute, without a query and a trailing slash; its path stays. On a page, one that
 * begins with `/` is on the page's own host. Throws `TypeError` for anything else: `localhost:7766` would be a scheme, and any
 * other word a file beside the page. Browsers refuse addresses that contain a user name.
 */
export function serverAt(url: string): string {
  if (!/^(https?:\/)?\/[^/@]*([/?#]|$)/i.test(url)) throw new TypeError(`Not an address ${url}`)
  return new URL(url, globalThis.location?.href).href.replace(/\/*([?#].*)?$/, '')
}
