import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { isId } from '../protocol/ids.ts'
import { cannotWrite, writeWhole } from './whole-file.ts'

/** Options of both kinds of run. */
export const RUN_OPTIONS = {
  // As for the commands of producers, so that those who set it load the server they mean.
  url: { type: 'string', default: process.env.ROAR_URL || 'http://localhost:7766' },
  show: { type: 'string', default: 'final' },
  seed: { type: 'string', default: '1' },
  settle: { type: 'string', default: '15' },
  json: { type: 'string' },
} as const

/** Checks before the run rather than after it; `-` is standard output. @throws ConfigError */
export function checkWritable(flag: string, file: string | undefined): void {
  if (file === undefined || (flag === 'json' && file === '-')) return
  try {
    accessSync(dirname(file), constants.W_OK)
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
      throw Object.assign(new Error(), { code: 'EISDIR' })
  } catch (cause) {
    throw cannotWrite(`--${flag} ${file}`, cause)
  }
}

/** Where progress is printed: on stderr if the result goes to standard output. */
export const sayFor =
  (json: string | undefined): ((line: string) => void) =>
  (line) =>
    void (json === '-' ? process.stderr : process.stdout).write(`${line}\n`)

/** Writes the result to the file of `--json`. @throws ConfigError if it cannot be written */
export function writeJson(file: string | undefined, result: object): void {
  if (file === undefined) return
  const text = `${JSON.stringify(result, null, 2)}\n`
  if (file === '-') process.stdout.write(text)
  else writeWhole(file, text)
}

/** @throws with one plain sentence, if it is no id */
export function checkId(flag: string, text: string): void {
  if (!isId(text)) throw new Error(`--${flag}: "${text}" is not an id: lower-case letters, digits and dashes`)
}

/** `--url A,B`: the first address, and the others. @throws with one plain sentence */
export function httpUrls(text: string): { url: string; others: string[] } {
  const [url, ...others] = text.split(',').map(origin)
  return { url: url!, others }
}

function origin(text: string): string {
  const url = URL.parse(text)
  if (url === null || !url.protocol.startsWith('http'))
    throw new Error(`--url: "${text}" is not an http or https address`)
  return url.origin
}
