import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const IMPORT = /(?:from|import) '(\.[^']+\.ts)'/g

/** The files that each file imports, itself included, however far. */
function reachOf(file: string, root: string, known: Map<string, Set<string>>): Set<string> {
  let reach = known.get(file)
  if (reach !== undefined) return reach
  reach = new Set([file])
  known.set(file, reach)
  for (const [, target] of readFileSync(join(root, file), 'utf8').matchAll(IMPORT)) {
    const path = normalize(join(dirname(file), target!))
    for (const further of reachOf(path, root, known)) reach.add(further)
  }
  return reach
}

/** For each file the tests that run any of it. @param options.tests Tests, from the root. */
export function testsOf(
  root: string,
  { files, tests }: { files: string[]; tests: string[] },
): Map<string, string[]> {
  const known = new Map<string, Set<string>>()
  const reaches = tests.map((test) => ({ test, reach: reachOf(test, root, known) }))
  return new Map(
    files.map((file) => [file, reaches.filter(({ reach }) => reach.has(file)).map(({ test }) => test)]),
  )
}
