import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../package.json'
import { builtCommit } from '../services/another-process.ts'

/** `roar 0.1.0 (commit 1a2b3c4d5e6f, Bun 1.4.5)`. A build contains its commit; for a checkout it is read from git. */
export const versionText = (): string => `roar ${version} (commit ${commit()}, Bun ${Bun.version})\n`

/** The commit that the program was built from; `unknown` if nothing says. */
export const commit = (): string => (builtCommit ?? commitOfCheckout())?.slice(0, 12) ?? 'unknown'

/** Read from git's own files: git may not be installed, and a worktree has its head elsewhere. */
function commitOfCheckout(): string | undefined {
  try {
    const git = gitFolder(join(import.meta.dir, '..'))
    const head = readFileSync(join(git, 'HEAD'), 'utf8').trim()
    const [, ref] = /^ref: (.+)$/.exec(head) ?? []
    return ref === undefined ? head : resolve(commonFolder(git), ref)
  } catch {
    return undefined
  }
}

function gitFolder(root: string): string {
  const git = join(root, '.git')
  try {
    return readFileSync(git, 'utf8')
      .replace(/^gitdir: /, '')
      .trim()
  } catch {
    return git
  }
}

function commonFolder(git: string): string {
  try {
    return join(git, readFileSync(join(git, 'commondir'), 'utf8').trim())
  } catch {
    return git
  }
}

function resolve(git: string, ref: string): string | undefined {
  try {
    return readFileSync(join(git, ref), 'utf8').trim()
  } catch {
    const packed = readFileSync(join(git, 'packed-refs'), 'utf8')
    return packed
      .split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(' ')[0]
  }
}
