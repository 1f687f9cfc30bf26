import { expect, test } from 'bun:test'
import { PARENT } from './ends-with-parent.ts'
import { intervalOf } from './interval.ts'
import { apply, mutantsOf } from './mutants.ts'

const mutants = (source: string) => mutantsOf('x.ts', source).map((mutant) => apply(source, mutant))

test('each operator of a small function is changed once, in the order of the source', () => {
  expect(mutants('if (a < b) c()')).toEqual([
    'if (true) c()',
    'if (false) c()',
    'if (a <= b) c()',
    'if (a >= b) c()',
    'if (a < b) ;',
  ])
  expect(mutants('const x = (n: number) => n + 1')).toEqual([
    'const x = (n: number) => (undefined as never)',
    'const x = (n: number) => n - 1',
    'const x = (n: number) => n + 2',
  ])
})

test('types, imports and words for people are left alone', () => {
  expect(mutants("import { a } from './a.ts'\nexport interface B { c: 1 | 'two' }")).toEqual([])
  expect(mutants("const why = 'words for people'")).toEqual([])
  expect(mutants('throw new RoarError("bad_json", "short")')).toEqual([])
  expect(mutants('const none = () => undefined')).toEqual([])
})

test('a file that cannot be read as TypeScript is refused by its name', () => {
  expect(() => mutants('const = 1')).toThrow('x.ts')
})

test('the tests of a mutant end with the run, however it ends, also where they loop without end', async () => {
  const watch = JSON.stringify(Bun.fileURLToPath(new URL('ends-with-parent.ts', import.meta.url)))
  const child = `await import(${watch}); console.log('begun'); for (;;) {}`
  const run = `const env = { ...process.env, ${PARENT}: String(process.pid) }
    Bun.spawn([process.execPath, '-e', ${JSON.stringify(child)}], { env, stdout: 'inherit' })`
  const parent = Bun.spawn([process.execPath, '-e', run], { stdout: 'pipe' })
  // It ends with the last process that holds it. A process's number may stay longer, where nobody waits for orphans.
  for await (const begun of parent.stdout) {
    expect(begun).not.toBeEmpty()
    parent.kill('SIGKILL')
  }
  expect(parent.signalCode).toBe('SIGKILL')
})

test('the interval of a share is the known one of Wilson, and narrows with the sample', () => {
  const interval = (hits: number, tried: number) => intervalOf(hits, tried).map((bound) => bound.toFixed(4))
  expect(interval(0, 0)).toEqual(['0.0000', '1.0000'])
  // Newcombe, Statistics in Medicine 17 (1998), table I.
  expect(interval(81, 263)).toEqual(['0.2553', '0.3662'])
  expect(interval(15, 148)).toEqual(['0.0624', '0.1605'])
  expect(interval(0, 20)).toEqual(['0.0000', '0.1611'])
  expect(interval(1, 29)).toEqual(['0.0061', '0.1718'])
})
