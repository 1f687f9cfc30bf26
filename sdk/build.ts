import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { minify } from 'terser'
import manifest from './package.json' with { type: 'json' }

const here = import.meta.dirname

/** Entry points of the package, by the name that an import gives them. Each stands on its own: a shared module would cost a request more. */
const ENTRIES = {
  '.': { file: 'index.js', source: 'src/index.ts' },
  './votes': { file: 'votes.js', source: 'src/votes/index.ts' },
} as const
type Entry = keyof typeof ENTRIES

/** One entry point as a page downloads it: one module with everything in it, as small as it gets. */
export async function bundle(entry: Entry = '.'): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(here, ENTRIES[entry].source)],
    target: 'browser',
    minify: { syntax: true },
  })
  const { code } = await minify(await outputs[0]!.text(), {
    module: true,
    ecma: 2020,
    compress: { passes: 3, unsafe_arrows: true, keep_fargs: false },
  })
  return code!
}

/**
 * Makes the package that is published, in an empty folder of its own: in this repository `@roar/client` is its source,
 * and only the published manifest points to the bundle. Throws where the compiler has something to say.
 */
export async function build(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const entry of Object.keys(ENTRIES) as Entry[]) {
    writeFileSync(join(folder, ENTRIES[entry].file), await bundle(entry))
  }
  await declare(join(folder, 'types'))
  const published = {
    ...manifest,
    exports: Object.fromEntries(
      Object.entries(ENTRIES).map(([entry, { file, source }]) => [
        entry,
        { types: `./types/sdk/${source.replace(/ts$/, 'd.ts')}`, default: `./${file}` },
      ]),
    ),
    files: [...Object.values(ENTRIES).map(({ file }) => file), 'types'],
    scripts: undefined,
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  copyFileSync(join(here, 'README.md'), join(folder, 'README.md'))
}

/** Declarations with those of the protocol beside them, so that the package needs nothing outside itself. */
async function declare(folder: string): Promise<void> {
  const tsc = join(here, '../node_modules/.bin/tsc')
  const { exitCode, stdout } = await Bun.$`${tsc} -p ${join(here, 'tsconfig.build.json')} --outDir ${folder}`
    .quiet()
    .nothrow()
  if (exitCode !== 0) throw new Error(stdout.toString())
  for (const file of globSync('**/*.d.ts', { cwd: folder })) {
    const path = join(folder, file)
    // The compiler leaves the endings of imports in declarations alone; a reader of the package has no .ts files.
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replaceAll(/(from '\.[^']*|import\("\.[^"]*)\.ts/g, '$1.js'),
    )
  }
}

if (import.meta.main) await build(join(here, 'dist'))
