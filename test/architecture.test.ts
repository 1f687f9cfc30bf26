import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { CHANGES_RUNTIME } from './changes-runtime.ts'
import { HANG_MS } from './hang.ts'

const ROOT = Bun.fileURLToPath(new URL('..', import.meta.url))

/** Which room may import from which: the arrows of docs/ARCHITECTURE.md. A room may always import from itself. */
const ARROWS: Record<string, string[]> = {
  protocol: [],
  settings: [],
  engine: ['protocol'],
  adapters: ['protocol', 'settings'],
  services: ['protocol', 'settings', 'engine', 'adapters'],
  load: ['protocol', 'settings', 'engine', 'services', 'examples'],
  cli: ['protocol', 'settings', 'engine', 'adapters', 'services', 'load', 'web', 'package.json'],
  deploy: ['protocol', 'adapters', 'cli'],
  release: ['settings', 'services', 'cli', 'deploy', 'package.json', 'package-lock.json'],
  bench: ['protocol', 'engine', 'adapters', 'services', 'load', 'cli', 'deploy'],
  sdk: ['protocol'],
  web: ['sdk', 'engine', 'protocol'],
}
const isTest = (path: string) => /\.(test|contract)\.tsx?$|\/test\//.test(path)

describe('the arrows between rooms', () => {
  for (const [room, allowed] of Object.entries(ARROWS)) {
    test(`${room} imports from ${allowed.join(', ') || 'nothing'}`, async () => {
      const offences: string[] = []
      for await (const path of new Bun.Glob(`${room}/**/*.{ts,tsx}`).scan(ROOT)) {
        if (isTest(path) || path.includes('node_modules') || path.includes('/dist/')) continue
        for (const [, target = ''] of readFileSync(join(ROOT, path), 'utf8').matchAll(
          /(?:from|import\()\s*'(\.[^']+)'/g,
        )) {
          const into = relative(ROOT, normalize(join(ROOT, path, '..', target))).split('/')[0]!
          if (into !== room && !allowed.includes(into)) offences.push(`${path} imports ${target}`)
        }
      }
      expect(offences).toEqual([])
    })
  }
})

describe('circles', () => {
  /** What each file imports. */
  async function importsOfAll(): Promise<Map<string, Set<string>>> {
    const imports = new Map<string, Set<string>>()
    for (const room of Object.keys(ARROWS)) {
      for await (const path of new Bun.Glob(`${room}/**/*.{ts,tsx}`).scan(ROOT)) {
        if (isTest(path) || path.includes('node_modules') || path.includes('/dist/')) continue
        const targets = readFileSync(join(ROOT, path), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)
        imports.set(
          path,
          new Set(Array.from(targets, ([, target = '']) => normalize(join(path, '..', target)))),
        )
      }
    }
    return imports
  }

  /** Repeatedly removes what imports nothing that is left; what remains is in a circle, or imports one. */
  function circlesOf(imports: Map<string, Set<string>>): string[] {
    for (let left = Number.POSITIVE_INFINITY; imports.size < left; ) {
      left = imports.size
      for (const [name, targets] of imports)
        if (![...targets].some((target) => imports.has(target))) imports.delete(name)
    }
    return [...imports].map(
      ([name, targets]) =>
        `${name} imports ${[...targets].filter((target) => imports.has(target)).join(', ')}`,
    )
  }

  test('no file imports itself by way of others', async () =>
    expect(circlesOf(await importsOfAll())).toEqual([]))

  test('no folder imports itself by way of others: a folder and those in it are one to each other', async () => {
    const folders = new Map<string, Set<string>>()
    const isIn = (one: string, other: string) => `${one}/`.startsWith(`${other}/`)
    for (const [path, targets] of await importsOfAll()) {
      const from = dirname(path)
      const known = folders.get(from) ?? new Set()
      folders.set(from, known)
      for (const to of [...targets].map(dirname)) if (!isIn(from, to) && !isIn(to, from)) known.add(to)
    }
    expect(circlesOf(folders)).toEqual([])
  })
})

/** What matches in which of the files, as `path: text`, unless it is meant. */
async function matchesIn(
  files: string,
  pattern: RegExp,
  isMeant: (path: string, match: RegExpExecArray) => boolean = () => false,
): Promise<string[]> {
  const found: string[] = []
  for await (const path of new Bun.Glob(files).scan(ROOT)) {
    if (path.includes('node_modules')) continue
    for (const match of readFileSync(join(ROOT, path), 'utf8').matchAll(pattern))
      if (!isMeant(path, match)) found.push(`${path}: ${match[0].trim()}`)
  }
  return found
}

describe('what rooms are made of', () => {
  const imports = async (room: string, pattern: RegExp) => {
    const found: string[] = []
    for await (const path of new Bun.Glob(`${room}/**/*.{ts,tsx}`).scan(ROOT)) {
      if (isTest(path) || path.includes('node_modules') || path.includes('/dist/')) continue
      if (pattern.test(readFileSync(join(ROOT, path), 'utf8'))) found.push(path)
    }
    return found
  }

  test('protocol and engine have no dependency, no clock and no dice of their own', async () => {
    for (const room of ['protocol', 'engine']) {
      expect(await imports(room, /from '(?!\.|node:crypto)|Date\.now|Math\.random|process\.env/)).toEqual([])
    }
  })

  test('a checkout may lie below any folder: the path of a file is no part of its address, which spells a space as %20', async () => {
    const spelt = /(?:import\.meta\.url|file:\/\/[^)]*)\)\.pathname/g
    expect(await matchesIn('**/*.{ts,tsx}', spelt, (path) => path.includes('dist'))).toEqual([])
  })

  test('only the command line reads the environment', async () => {
    for (const room of ['adapters', 'services', 'sdk'])
      expect(await imports(room, /process\.env/)).toEqual([])
  })

  test('the audit shares no code with what it audits', async () => {
    expect(await imports('cli/audit', /from '\.(?!\/[a-z-]+\.ts')/)).toEqual([])
  })

  test("the page uses what the client exports, the demo's script, the sizes of a swarm, the recount, and what a show is where nobody said so", async () => {
    const inner =
      /from '(\.\.\/)+(sdk\/src\/(?!((votes|heads|rooms|player)\/)?index\.ts)|engine\/(?!(match|highlights|swarm|people\/roles|polls\/public-recount|shows\/life|shows\/moderation)\.ts))/
    expect(await imports('web', inner)).toEqual([])
  })

  test('only the registry knows Kafka, with Spark, which reads it itself, and the audit, which asks it by itself', async () => {
    const known = await Promise.all(
      ['engine', 'services', 'load', 'cli', 'sdk', 'web'].map((room) => imports(room, /adapters\/kafka\//)),
    )
    expect(
      known.flat().filter((path) => !/^(services\/aggregate\/spark\/|cli\/commands\/audit\.ts$)/.test(path)),
    ).toEqual([])
  })
})

/** Where browsers are driven. */
const DRIVERS = '{web,sdk,test,bench}/**/*.{ts,tsx}'

test('no test has a bound that a busy machine reaches', async () => {
  // Limits of tests and hooks, in the three ways they are written; anything under ten seconds is a timer. Shorter ones than `HANG_MS`
  // end tests that are merely slow.
  const limits = /(?:^ *\}, |^ *|\btimeoutMs(?: =|:) |TIMEOUT_MS = )(\d\d[\d_]*000)(?:\)$|,\n *\)$| \}|$)/gm
  const isLong = (_: string, [, ms = '']: RegExpExecArray) => Number(ms.replaceAll('_', '')) >= HANG_MS
  expect(await matchesIn('**/*.{test,contract}.{ts,tsx}', limits, isLong)).toEqual([])
})

test('a test finds what is on a screen by all of its name: test/browser/names.ts', async () => {
  // What Playwright calls a name or a text is any part of one; `click` takes the first of several that have it.
  const parts = /[.]getBy(?!Role\('\w+'\))|\.click\([^)\n]*\btext=.*/g
  expect(await matchesIn(DRIVERS, parts, (path) => path === 'test/browser/names.ts')).toEqual([])
})

test('a test waits for an event of a page before it causes it', async () => {
  // Awaited where it begins, it waits for what may have happened while its cause was awaited.
  const late = /await [\w.!]+\.waitFor(?:Request|Response|Event)\(.*/g
  expect(await matchesIn(DRIVERS, late)).toEqual([])
})

test('what tests share changes nothing of the runtime: the next file of the process would find it changed', async () => {
  // Each puts back what it changed when its caller has done.
  const putBack = ['test/command-line.ts', 'sdk/test/fake-page.ts']
  const isShared = (path: string) =>
    /\.contract\.ts$|^test\/|^sdk\/test\//.test(path) &&
    !/\.test\.tsx?$|\/main\.ts$|\/consumers\.ts$/.test(path)
  const isMeant = (path: string) =>
    !isShared(path) || putBack.includes(path) || /^test\/(changes-runtime|mutate\/.*)\.ts$/.test(path)
  expect(await matchesIn('**/*.{ts,tsx}', new RegExp(CHANGES_RUNTIME, 'g'), isMeant)).toEqual([])
})
