import { ConfigError } from '../../settings/config-error.ts'
import { type Command, command } from './command.ts'

export const commands = [
  command({
    name: 'completion',
    summary: 'prints what a shell needs to complete commands and flags: bash, zsh or fish',
    args: ['SHELL'],
    examples: [
      'source <(roar completion bash)',
      'roar completion zsh > /usr/local/share/zsh/site-functions/_roar',
      'roar completion fish > ~/.config/fish/completions/roar.fish',
    ],
    async run(_, [shell]) {
      const script = SCRIPTS[shell as keyof typeof SCRIPTS]
      if (script === undefined)
        throw new ConfigError('completion', `${JSON.stringify(shell)} is not one of: bash, zsh, fish`)
      process.stdout.write(script(await allCommands()))
      return 0
    },
  }),
]

/** Every command with its flags, as `roar up` and `roar poll create`. */
async function allCommands(): Promise<Command[]> {
  const { COMMANDS } = await import('./commands.ts')
  const loaded = await Promise.all(COMMANDS.map(async ({ name, load }) => ({ name, ...(await load()) })))
  return loaded.flatMap(({ name, commands }) => commands.filter((each) => each.name.split(' ')[0] === name))
}

const SCRIPTS = { bash, zsh, fish }

const flagsOf = ({ settings }: Command): string[] => Object.keys(settings).map((name) => `--${name}`)

/** The words that may follow what was typed, by what was typed: `` → up ingest …, `poll` → create open …, `poll create` → --question … */
function wordsAfter(commands: Command[]): Map<string, Set<string>> {
  const words = new Map<string, Set<string>>()
  const add = (typed: string, word: string) => words.set(typed, (words.get(typed) ?? new Set()).add(word))
  for (const each of commands) {
    const parts = each.name.split(' ')
    parts.forEach((part, i) => void add(parts.slice(0, i).join(' '), part))
    for (const flag of [...flagsOf(each), '--config', '--help']) add(each.name, flag)
  }
  return words
}

function bash(commands: Command[]): string {
  const cases = [...wordsAfter(commands)]
    .filter(([typed]) => typed !== '')
    .toSorted(([a], [b]) => b.length - a.length)
    .map(([typed, words]) => `    "${typed} "*) words="${[...words].join(' ')}" ;;`)
  return `_roar() {
  local words typed="\${COMP_WORDS[*]:1:COMP_CWORD-1} "
  case "$typed" in
${cases.join('\n')}
    *) words="${[...wordsAfter(commands).get('')!].join(' ')} help version" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _roar roar ./roar
`
}

/** zsh has bash's way of completing as a module. */
function zsh(commands: Command[]): string {
  return `#compdef roar\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`
}

function fish(commands: Command[]): string {
  const lines = [...wordsAfter(commands)].flatMap(([typed, words]) => {
    const seen =
      typed === '' ? '__fish_use_subcommand' : `string match -q "roar ${typed} *" -- (commandline -cp)`
    return [...words].map((word) =>
      word.startsWith('--')
        ? `complete -c roar -n '${seen}' -l ${word.slice(2)}`
        : `complete -c roar -f -n '${seen}' -a ${word}`,
    )
  })
  return `${lines.join('\n')}\n`
}
