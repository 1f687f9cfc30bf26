import { join } from 'node:path'
import type { BunPlugin } from 'bun'
import { type PageFile, pageFiles } from '../cli/page-files.ts'

const ROOT = join(import.meta.dir, '..')

export interface BinaryOptions {
  /** Where the file goes. */
  outfile: string
  /** The commit that `roar version` says. */
  commit: string
  /** Bun's name of the platform, `bun-linux-arm64-musl`. Default: this one. Another's runtime is downloaded once. */
  target?: Bun.Build.CompileTarget | undefined
}

/**
 * The whole command line as one file that needs nothing beside it: runtime, code, pages and protos. The same commit and
 * the same packages make the same bytes. @throws AggregateError with what the bundler has to say
 */
export async function buildBinary({ outfile, commit, target }: BinaryOptions): Promise<void> {
  const pages = prebuilt(await pageFiles())
  await Bun.build({
    entrypoints: [join(ROOT, 'cli/main.ts')],
    root: ROOT,
    target: 'bun',
    minify: { syntax: true, whitespace: true },
    define: { ROAR_COMMIT: JSON.stringify(commit) },
    // A file of settings of the folder in which it is started is none of Roar's.
    compile: {
      outfile,
      ...(target !== undefined && { target }),
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    plugins: [pages, embeddedWasm],
  })
}

/** The module that bundles the pages, with what it made in its place. */
const prebuilt = (files: Record<string, PageFile>): BunPlugin => ({
  name: 'prebuilt pages',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/cli\/page-files\.ts$/ }, () => ({ loader: 'js', contents: moduleOf(files) }))
  },
})

function moduleOf(files: Record<string, PageFile>): string {
  const rows = Object.entries(files).map(([path, { bytes, type }]) => [path, type, bytes.toBase64()])
  return `const rows = ${JSON.stringify(rows)}
export const pageFiles = async () =>
  Object.fromEntries(rows.map(([path, type, base64]) => [path, { type, bytes: Uint8Array.fromBase64(base64) }]))`
}

/** The Kafka client's checksums and compression read a .wasm by its path; the same package has it written into a module. */
const embeddedWasm: BunPlugin = {
  name: 'embedded wasm',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@platformatic\/wasm-utils$/ }, ({ importer }) => ({
      path: Bun.resolveSync('@platformatic/wasm-utils/bundled', importer),
    }))
  },
}
