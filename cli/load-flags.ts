import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'

/** Said before the run rather than after it. */
export function checkWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (cause) {
    throw new Error(`--json ${file}: ${(cause as Error).message}`, { cause })
  }
}

/** `--url A,B`: the first, and the others. @throws with one plain sentence */
export function httpUrls(text: string): { url: string; others: string[] } {
  const [url, ...others] = text.split(',').map(origin)
  return { url: url!, others }
}

function origin(text: string): string {
  const url = URL.parse(text)
  if (url === null || !url.protocol.startsWith('http'))
    throw new Error(`--url ${text}: give an http or https address`)
  return url.origin
}
