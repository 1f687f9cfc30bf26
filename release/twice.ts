import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '..')

/**
 * Does the same work in two clones of what is committed, in folders of different names and depths, and returns the lines of
 * either result that the other one does not have. @param work Is given the clone's folder.
 */
export async function builtTwice(work: (root: string) => Promise<string[]>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-twice-'))
  // Somebody may commit meanwhile.
  const commit = (await Bun.$`git rev-parse HEAD`.cwd(ROOT).text()).trim()
  try {
    const results: Set<string>[] = []
    for (const name of ['one', 'another/and-deeper']) {
      const root = join(folder, name)
      mkdirSync(root, { recursive: true })
      await Bun.$`git clone --quiet --shared --no-checkout ${ROOT} ${root}`
      await Bun.$`git checkout --quiet ${commit}`.cwd(root).quiet()
      // Links, as a copy of the files would be hundreds of megabytes; across file systems it is one all the same.
      await Bun.$`cp -al ${join(ROOT, 'node_modules')} ${root} || cp -a ${join(ROOT, 'node_modules')} ${root}`.quiet()
      results.push(new Set(await work(root)))
    }
    const [one, another] = results as [Set<string>, Set<string>]
    return [...one.symmetricDifference(another)].sort()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
