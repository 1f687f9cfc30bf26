import { ConfigError } from '../../settings/config-error.ts'
import { ROLE_NAMES } from '../roles/names.ts'
import { type Command, command, type Row } from './command.ts'

/** The command that prints completion scripts for all commands. It receives the list because it is in it. */
export const completionOf = (all: readonly Row[]): readonly Command[] => [
  command({
    name: 'completion',
    summary: 'prints a script that completes commands and flags, for bash, zsh or fish',
    args: ['SHELL'],
    examples: [
      'source <(roar completion bash)',
      'roar completion zsh > /usr/local/share/zsh/site-functions/_roar',
      'roar completion fish > ~/.config/fish/completions/roar.fish',
    ],
    async run(_, [shell]) {
      const script = SCRIPTS[shell as keyof typeof SCRIPTS]
      if (script === undefined)
        throw new ConfigError('completion', `${JSON.stringify(shell)} is not one of: ${SHELLS.join(', ')}`)
      process.stdout.write(script(await casesOf(await loadAll(all))))
      return 0
    },
  }),
]

/** Every command with its flags, as `roar up` and `roar poll create`. */
async function loadAll(all: readonly Row[]): Promise<Command[]> {
  const loaded = await Promise.all(all.map(async ({ name, load }) => ({ name, ...(await load()) })))
  return loaded.flatMap(({ name, commands }) => commands.filter((each) => each.name.split(' ')[0] === name))
}

const SCRIPTS = { bash, zsh, fish }
const SHELLS = Object.keys(SCRIPTS)

/** What may follow the words typed so far; of several cases that match, the first. */
interface Case {
  typed: string
  words: string[]
}

/** `roar` → up ingest …, `roar poll` → create open …, `roar poll create` → --question … */
async function casesOf(commands: Command[]): Promise<Case[]> {
  const words = new Map<string, Set<string>>([['', new Set()]])
  const add = (typed: string, word: string) => words.set(typed, (words.get(typed) ?? new Set()).add(word))
  for (const each of commands) {
    const parts = each.name.split(' ')
    parts.forEach((part, i) => void add(parts.slice(0, i).join(' '), part))
    for (const word of [...valuesOf(each), ...(await flagsOf(each))]) add(each.name, word)
  }
  for (const word of ['help', 'version']) add('', word)
  return [...words]
    .map(([typed, set]) => ({ typed, words: [...set] }))
    .toSorted((a, b) => b.typed.length - a.typed.length)
}

async function flagsOf({ settings, ownFlags }: Command): Promise<string[]> {
  if (ownFlags !== undefined) return (await ownFlags()).map((name) => `--${name}`)
  const names = Object.entries(settings).flatMap(([name, { secret }]) =>
    secret === undefined ? [name] : [name, `${name}-file`],
  )
  return [...names, 'config', 'help'].map((name) => `--${name}`)
}

/** The possible values of an argument, where they are few. */
function valuesOf({ args: [first] }: Command): readonly string[] {
  if (first === '[ROLE]') return ROLE_NAMES
  return first === 'SHELL' ? SHELLS : []
}

const pattern = (typed: string): string => (typed === '' ? '' : `"${typed} "`)

function bash(cases: Case[]): string {
  return `_roar() {
  local words typed="\${COMP_WORDS[*]:1:COMP_CWORD-1} "
  case "$typed" in
${cases.map(({ typed, words }) => `    ${pattern(typed)}*) words="${words.join(' ')}" ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _roar roar ./roar
`
}

/** Works both as a file of \`fpath\`, whose text is the function's body at its first call, and with \`source\`. */
function zsh(cases: Case[]): string {
  return `#compdef roar
_roar() {
  local -a offered
  local typed="\${(j: :)words[2,CURRENT-1]} "
  case "$typed" in
${cases.map(({ typed, words }) => `    ${pattern(typed)}*) offered=(${words.join(' ')}) ;;`).join('\n')}
  esac
  compadd -- $offered || _files
}
if [[ $funcstack[1] == _roar ]]; then _roar "$@"; else compdef _roar roar ./roar; fi
`
}

function fish(cases: Case[]): string {
  const groups = cases.filter(({ words }) => !words.some((word) => word.startsWith('--')))
  const named = groups.map(({ typed }) => typed).filter((typed) => typed !== '')
  return `function __roar_words
  set -l typed (commandline -opc)
  set -e typed[1]
  switch "$typed "
${cases.map(({ typed, words }) => `    case '${typed && `${typed} `}*'\n      printf '%s\\n' ${words.join(' ')}`).join('\n')}
  end
end
function __roar_wants_file
  set -l typed (commandline -opc)
  test (count $typed) -gt 1; and not contains -- "$typed[2..-1]" ${named.join(' ')}
end
complete -c roar -f -a '(__roar_words)'
complete -c roar -F -n __roar_wants_file
`
}
