import * as v from 'valibot'
import { ConfigError } from '../../settings/config-error.ts'
import { setting } from '../../settings/setting.ts'
import { type call, refused } from '../client.ts'
import { JSON_FLAG } from '../json-flag.ts'

/** Shared by the commands that call a server as a producer: their flags, and how they print a response. */

export const flag = <Output>(
  schema: v.GenericSchema<unknown, Output>,
  help: string,
  placeholder?: string,
) => ({
  ...setting(v.optional(schema) as v.GenericSchema<unknown, Output | undefined>, undefined, help),
  ...(placeholder && { placeholder }),
})
export const many = (help: string, placeholder: string) => ({
  ...setting(v.array(v.string()), [], help),
  placeholder,
  isRepeated: true as const,
})

/** Parses a flag's value ID=TITLE. @param example Of such a value. @throws ConfigError */
export function titled(flag: string, text: string, example: string): { id: string; title: string } {
  const [id, ...title] = text.split('=')
  if (!id || title.length === 0)
    throw new ConfigError(flag, `${JSON.stringify(text)} is not ID=TITLE, such as ${example}`)
  return { id, title: title.join('=') }
}

export const AS = {
  as: flag(v.string(), 'Your name in the audit trail. Default: the user name on this machine.', 'NAME'),
}
/** Flags of every command whose response is a document. */
export const ANSWERED = { ...AS, ...JSON_FLAG }
export const CLIENT = ['url', 'token', 'data', 'auth-secret'] as const

export const print = (value: unknown): number => {
  process.stdout.write(typeof value === 'string' ? value : `${JSON.stringify(value, undefined, 1)}\n`)
  return 0
}

/** Prints a call's response, as a text for people or as JSON; or why it was refused. */
export async function printAnswer<Document>(
  answered: ReturnType<typeof call>,
  { json }: { json: boolean },
  textOf: (document: Document) => string,
): Promise<number> {
  const { ok, body } = await answered
  if (!ok) return refused({ ok, body })
  return print(json ? body : textOf(body as Document))
}
