import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../settings/config-error.ts'

/** Said before the run rather than after it; `-` is standard output. @throws ConfigError */
export function checkWritable(flag: string, file: string | undefined): void {
  if (file === undefined || (flag === 'json' && file === '-')) return
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (cause) {
    throw new ConfigError(`--${flag} ${file}`, (cause as Error).message)
  }
}

/** Where people read: where the result goes to standard output, nothing else does. */
export const sayFor = (json: string | undefined): ((line: string) => void) =>
  json === '-' ? console.error : console.log

/** Where `--json` says. */
export async function writeJson(file: string | undefined, result: object): Promise<void> {
  if (file === undefined) return
  await Bun.write(file === '-' ? Bun.stdout : file, `${JSON.stringify(result, null, 2)}\n`)
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
