/**
 * A server's address as requests are built on it: absolute, without a query and a slash at the end; its path stays. On a
 * page, one that begins with `/` is on the page's own host. Throws `TypeError` for anything else: `localhost:7766` would
 * be a scheme, and any other word a file beside the page. Browsers send nothing to an address with a user's name in it.
 */
export function serverAt(url: string): string {
  if (!/^(https?:\/)?\/[^/@]*([/?#]|$)/i.test(url)) throw new TypeError(`Not an address ${url}`)
  return new URL(url, globalThis.location?.href).href.replace(/\/*([?#].*)?$/, '')
}
