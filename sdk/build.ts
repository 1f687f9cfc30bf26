import { copyFileSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BunPlugin } from 'bun'
import { minify } from 'terser'

const here = import.meta.dirname

/** A package as it is built: where it lies, its files by their sources, and what it leaves to its users' own. */
export interface Package {
  root: string
  sources: Record<string, string>
  external: string[]
  /** Beside its own declarations, those that they name: the folder in the repository that has them all. */
  types: string
}

/** The files of the package. Each stands on its own: a shared module would cost a request more. */
const SOURCES = {
  'index.js': 'src/index.ts',
  'sse.js': 'src/sse.ts',
  'sse-again.js': 'src/sse-again.ts',
  'votes.js': 'src/votes/index.ts',
  'heads.js': 'src/heads/index.ts',
  'rooms.js': 'src/rooms/index.ts',
  'player.js': 'src/player/index.ts',
  'shows.js': 'src/shows/index.ts',
  'testing.js': 'src/testing/index.ts',
  // Types alone, and an empty module that their import finds.
  'elements.js': 'src/elements/index.ts',
} as const
export type File = keyof typeof SOURCES

/** What the core loads where it is needed is a file beside it. */
const loadedLate: BunPlugin = {
  name: 'loaded late',
  setup: ({ onResolve }) => {
    onResolve({ filter: /sse(-again)?\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace(/ts$/, 'js'), external: true } : undefined,
    )
  },
}

const CLIENT: Package = { root: here, sources: SOURCES, external: [], types: '' }

/** One file as a page downloads it, as small as it gets, and its source map. */
export const bundle = (file: File): Promise<{ code: string; map: string }> => bundleOf(CLIENT, file, 'esm')

async function bundleOf(
  { root, sources, external }: Package,
  file: string,
  format: 'esm' | 'cjs',
): Promise<{ code: string; map: string }> {
  const { outputs } = await Bun.build({
    entrypoints: [join(root, sources[file]!)],
    target: 'browser',
    format,
    minify: { syntax: true },
    sourcemap: 'external',
    external,
    plugins: [loadedLate],
  })
  const [script, map] = await Promise.all(outputs.map((output) => output.text()))
  const small = await minify(script!, {
    module: format === 'esm',
    toplevel: true,
    ecma: 2020,
    compress: { passes: 3, lhs_constants: false, unsafe: true, unsafe_arrows: true, keep_fargs: false },
    sourceMap: { content: map!, includeSources: true, filename: file, url: `${file}.map` },
  })
  return { code: small.code!, map: small.map as string }
}

/**
 * Builds what a package's manifest names, in its `dist`: modules and CommonJS, each with maps and declarations, and the licence
 * beside the manifest, where npm looks for it. Throws where the compiler has something to say. `npm pack` runs it first, so what is packed is
 * what is here.
 */
export async function build(built: Package): Promise<void> {
  const folder = join(built.root, 'dist')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'cjs'), { recursive: true })
  for (const file of Object.keys(built.sources)) {
    for (const [format, path] of [
      ['esm', file],
      ['cjs', join('cjs', file)],
    ] as const) {
      const { code, map } = await bundleOf(built, file, format)
      writeFileSync(join(folder, path), code)
      writeFileSync(join(folder, `${path}.map`), map)
    }
  }
  await declare(built, join(folder, 'types'))
  cpSync(join(folder, 'types'), join(folder, 'cjs/types'), { recursive: true })
  // Says that what is below is CommonJS, the declarations too.
  writeFileSync(join(folder, 'cjs/package.json'), '{"type":"commonjs"}\n')
  copyFileSync(join(here, '../LICENSE'), join(built.root, 'LICENSE'))
}

/** Declarations with those of the protocol beside them, so that the package needs nothing outside itself. */
async function declare({ root, types }: Package, folder: string): Promise<void> {
  const tsc = join(here, '../node_modules/.bin/tsc')
  const all = `${folder}-of-all`
  const { exitCode, stdout } = await Bun.$`${tsc} -p ${join(root, 'tsconfig.build.json')} --outDir ${all}`
    .quiet()
    .nothrow()
  if (exitCode !== 0) throw new Error(stdout.toString())
  cpSync(join(all, types), folder, { recursive: true })
  rmSync(all, { recursive: true })
  for (const file of globSync('**/*.d.ts', { cwd: folder })) {
    const path = join(folder, file)
    // The compiler leaves the endings of imports in declarations alone; a reader of the package has no .ts files.
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replaceAll(/(from '\.[^']*|import\("\.[^"]*)\.ts/g, '$1.js'),
    )
  }
}

if (import.meta.main) await build(CLIENT)
