/** The address, without a trailing slash, at which this machine reaches a server that listens on a host and a port. */
export function reachableUrl({ host, port, isTls }: { host: string; port: number; isTls: boolean }): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${isTls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** The same as people open it: a browser keeps a sign-in by the name in the address. */
export const pageUrl = (url: string): string => url.replace('//127.0.0.1:', '//localhost:')
