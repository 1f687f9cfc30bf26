import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (path: string) => readFileSync(join(import.meta.dir, '..', path), 'utf8')

test('the Node that the README names is one that no dependency warns of', () => {
  const wanted: string = JSON.parse(read('package.json')).engines.node
  const [, oldest = ''] = /^>=(.+)$/.exec(wanted) ?? []
  expect(read('README.md')).toContain(`Node ${oldest.replace(/\.0$/, '')} or later`)
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { engines?: { node?: string }; os?: string[] }>
  }
  const unhappy = Object.entries(packages)
    // npm skips packages for other systems.
    .filter(([, { os }]) => os === undefined || os.includes('linux') || os.includes('darwin'))
    .filter(([, { engines }]) => engines?.node !== undefined && !Bun.semver.satisfies(oldest, engines.node))
    .map(([name]) => name)
  expect(unhappy).toEqual([])
})
