import { join } from 'node:path'
import type { BunPlugin } from 'bun'
import { type PageFile, pageFiles } from '../cli/page-files.ts'
import { studioFiles } from '../cli/studio-files.ts'
import { openapi } from '../services/openapi.ts'
import { signedAdHoc } from './mac-signature.ts'
import type { Platform } from './platforms.ts'
import { runtimeOf } from './runtimes.ts'

const ROOT = join(import.meta.dir, '..')

/**
 * The whole command line as one file that needs nothing beside it: runtime, code, pages and protos. The same commit and
 * the same packages make the same bytes. @param commit What `roar version` says. @throws AggregateError with what the
 * bundler has to say
 */
export async function buildBinary(outfile: string, commit: string, platform: Platform): Promise<void> {
  const executablePath = await runtimeOf(platform)
  await Bun.build({
    ...(await everything(commit)),
    // A file of settings of the folder in which it is started is none of Roar's.
    compile: {
      outfile,
      target: platform.target,
      executablePath,
      autoloadDotenv: false,
      autoloadBunfig: false,
      // Without it no package beside the program is found: sharp, where somebody wants pictures.
      autoloadPackageJson: true,
    },
  })
  if (platform.name.startsWith('darwin'))
    await Bun.write(outfile, signedAdHoc(await Bun.file(outfile).bytes()))
}

/** The same without the runtime, for who has it: `roar.js` in the folder, and what it opens beside it. */
export async function buildScript(outdir: string, commit: string): Promise<void> {
  await Bun.build({ ...(await everything(commit)), outdir, naming: { entry: 'roar.js' } })
}

const everything = async (commit: string) => ({
  entrypoints: [join(ROOT, 'cli/main.ts')],
  root: ROOT,
  target: 'bun' as const,
  minify: { syntax: true, whitespace: true },
  // Native, and larger than all else: who wants pictures has it beside the program.
  external: ['sharp'],
  // Where a package lay when it was built is nothing to anybody, and would be in the bytes.
  define: { ROAR_COMMIT: JSON.stringify(commit), __dirname: '"/roar"', __filename: '"/roar/index.js"' },
  plugins: [prebuilt(await bundledFiles()), embeddedWasm, await embeddedThread()],
})

type Files = Record<string, PageFile>

let bundled: Promise<{ pageFiles: Files; studioFiles: Files }> | undefined

/** The same in what is built for every platform: bundled once. */
function bundledFiles(): NonNullable<typeof bundled> {
  bundled ??= Promise.all([pageFiles(), studioFiles()]).then(([pageFiles, studioFiles]) => ({
    pageFiles,
    studioFiles,
  }))
  return bundled
}

/** The modules that bundle the pages and the studio and describe the calls, with what they made in their place. */
const prebuilt = ({ pageFiles, studioFiles }: { pageFiles: Files; studioFiles: Files }): BunPlugin => ({
  name: 'prebuilt',
  setup: ({ onLoad }) => {
    const made = {
      'page-files': moduleOf('pageFiles', pageFiles),
      'studio-files': moduleOf('studioFiles', studioFiles),
    }
    onLoad({ filter: /\/services\/openapi\.ts$/ }, () => ({
      loader: 'js',
      contents: `export const openapi = () => (${JSON.stringify(openapi())})`,
    }))
    onLoad({ filter: /\/cli\/(page|studio)-files\.ts$/ }, ({ path }) => ({
      loader: 'js',
      contents: made[path.endsWith('studio-files.ts') ? 'studio-files' : 'page-files'],
    }))
  },
})

function moduleOf(name: string, files: Files): string {
  const rows = Object.entries(files).map(([path, { bytes, type }]) => [path, type, bytes.toBase64()])
  return `const rows = ${JSON.stringify(rows)}
export const ${name} = async () =>
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

/** The code of the thread that writes the log, which a checkout has as a file. */
async function embeddedThread(): Promise<BunPlugin> {
  const { outputs } = await Bun.build({
    entrypoints: [join(ROOT, 'adapters/sqlite/log-thread.ts')],
    root: ROOT,
    target: 'bun',
    minify: { syntax: true, whitespace: true },
  })
  const text = await outputs[0]!.text()
  return {
    name: 'embedded thread',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/adapters\/sqlite\/log-thread-code\.ts$/ }, () => ({
        loader: 'js',
        contents: `export const THREAD_CODE = ${JSON.stringify(text)}`,
      }))
    },
  }
}
