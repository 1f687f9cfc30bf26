import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CLOSE, nextStep } from '../protocol/close-codes.ts'
import { ERRORS } from '../protocol/errors.ts'
import { CHARGES } from '../services/edge/charges.ts'

const ROOT = Bun.fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const cells = (text: string) =>
  [...text.matchAll(/^\| (?!-)(.+) \|$/gm)].map(([, row]) => row!.split(' | ').map((cell) => cell.trim()))

test('docs/errors.md lists every code with its status, its title and whether to try again, and no other', () => {
  const listed = cells(read('docs/errors.md'))
    .filter(([code]) => code!.startsWith('`'))
    .map(([code, status, again, title]) => ({ code, status: Number(status), again, title }))
  const table = Object.entries(ERRORS).map(([code, { status, title, retryable }]) => ({
    code: `\`${code}\``,
    status,
    again: retryable ? 'yes' : 'no',
    title,
  }))
  expect(listed).toEqual(table as never)
})

test('docs/errors.md lists every close code with what a client does next', () => {
  const words = { reconnect: 'connect again', wait: 'wait', 'give-up': 'not with' }
  const listed = cells(read('docs/errors.md')).filter(([code]) => /^\d{4}$/.test(code!))
  expect(listed.map(([code]) => Number(code))).toEqual(Object.values(CLOSE))
  for (const [code, , next] of listed) expect(next).toStartWith(words[nextStep(Number(code))])
})

test('docs/operating.md says what an edge charges for, as it does', () => {
  const listed = cells(read('docs/operating.md')).flatMap(([name, steps]) =>
    /^`[a-z0-9]+`$/.test(name!) && /^\d+$/.test(steps!) ? [[name!.slice(1, -1), Number(steps)]] : [],
  )
  expect(Object.fromEntries(listed)).toEqual(CHARGES)
})

test('docs/dependencies.md has a line for every dependency, with its version, and no other', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  const ofReact = JSON.parse(read('sdk/react/package.json')).devDependencies
  const pinned = Object.entries({ ...dependencies, ...devDependencies, ...ofReact }).map(
    ([name, version]) => `${name} ${version}`,
  )
  const listed = cells(read('docs/dependencies.md'))
    .slice(1)
    .map(([name, version]) => `${name} ${version}`)
  expect(listed.toSorted()).toEqual(pinned.toSorted())
})

test('docs/roar-bar.md lists every property that the bar takes from its page, and no other', () => {
  const taken = new Set(
    read('web/elements/roar-bar.css')
      .match(/var\(--roar-[a-z-]+/g)!
      .map((use) => use.slice(4)),
  )
  const listed = cells(read('docs/roar-bar.md')).flatMap(
    ([name]) => /^`(--roar-[a-z-]+)`$/.exec(name!)?.[1] ?? [],
  )
  expect(listed.toSorted()).toEqual([...taken].toSorted())
})

test('links between documents lead somewhere', async () => {
  const broken: string[] = []
  for await (const path of new Bun.Glob('{*.md,docs/*.md,sdk/*.md}').scan(ROOT)) {
    for (const [, target = ''] of read(path).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      if (!existsSync(join(ROOT, dirname(path), target))) broken.push(`${path}: ${target}`)
    }
  }
  expect(broken).toEqual([])
})
