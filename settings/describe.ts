import type { Setting, Settings } from './setting.ts'

const WIDTH = 110

/** Settings for a help text: under their headings, each with its default, wrapped. */
export function describeSettings(settings: Settings): string {
  const groups = Map.groupBy(Object.entries(settings), ([, { group = 'Flags' }]) => group)
  return [...groups].map(([title, members]) => `${title}:\n${members.map(describe).join('')}`).join('\n')
}

function describe([name, setting]: [string, Setting]): string {
  const flag = `  --${name} ${placeholderOf(setting)}`.trimEnd()
  const file = setting.secret === undefined ? '' : ` Or --${name}-file FILE.`
  const lines = wrap(`${setting.help}${defaultOf(setting)}${file}`, WIDTH - 4)
  return `${flag}\n${lines.map((line) => `      ${line}\n`).join('')}`
}

function placeholderOf({ placeholder, default: fallback, isSwitch, schema }: Setting): string {
  if (isSwitch) return ''
  if (placeholder !== undefined) return placeholder
  if (isPicklist(schema)) return schema.options.filter((option) => option !== '').join('|')
  return typeof fallback === 'number' ? 'N' : typeof fallback === 'boolean' ? 'true|false' : 'TEXT'
}

const isPicklist = (schema: object): schema is { options: readonly string[] } =>
  'type' in schema && schema.type === 'picklist'

function defaultOf({ default: fallback, isSwitch }: Setting): string {
  const isNothing =
    fallback === undefined || fallback === '' || (Array.isArray(fallback) && fallback.length === 0)
  return isNothing || isSwitch ? '' : ` Default ${Array.isArray(fallback) ? fallback.join(',') : fallback}.`
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
