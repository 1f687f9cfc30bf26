import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '..')

/**
 * Runs the same build in two clones of HEAD, in folders of different names and depths, and returns the lines in which the results
 * differ. @param work Receives the clone's folder.
 */
export async function builtTwice(work: (root: string) => Promise<string[]>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-twice-'))
  // HEAD may move meanwhile.
  const commit = (await Bun.$`git rev-parse HEAD`.cwd(ROOT).text()).trim()
  try {
    const results: Set<string>[] = []
    for (const name of ['one', 'another/and-deeper']) {
      const root = join(folder, name)
      mkdirSync(root, { recursive: true })
      await Bun.$`git clone --quiet --shared --no-checkout ${ROOT} ${root}`
      await Bun.$`git checkout --quiet ${commit}`.cwd(root).quiet()
      // Hard links, as a copy would be hundreds of megabytes; across file systems it has to be a copy.
      await Bun.$`cp -al ${join(ROOT, 'node_modules')} ${root} || cp -a ${join(ROOT, 'node_modules')} ${root}`.quiet()
      results.push(new Set(await work(root)))
    }
    const [one, another] = results as [Set<string>, Set<string>]
    return [...one.symmetricDifference(another)].sort()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
