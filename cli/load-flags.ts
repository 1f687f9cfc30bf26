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

export function httpUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !url.protocol.startsWith('http'))
    throw new Error(`--url ${text}: give an http or https address`)
  return url.origin
}
