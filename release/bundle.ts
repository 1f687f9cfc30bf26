import { join } from 'node:path'
import type { BunPlugin } from 'bun'
import type { PageFile } from '../cli/bundled.ts'
import { bundlePages } from '../cli/page-files.ts'
import { bundleStudio } from '../cli/studio-files.ts'
import { openapi } from '../services/openapi.ts'
import { kafkaClient } from './kafka-client.ts'
import { signedAdHoc } from './mac-signature.ts'
import { ownPlatform, type Platform } from './platforms.ts'
import { runtimeOf } from './runtimes.ts'

const ROOT = join(import.meta.dir, '..')

/**
 * The whole command line as one self-contained file: runtime, code, pages and protos. The same commit and packages give the same
 * bytes. @param commit Shown by `roar version`. @throws AggregateError with the bundler's messages
 */
export async function buildBinary(outfile: string, commit: string, platform: Platform): Promise<void> {
  const executablePath = await runtimeOf(platform)
  await Bun.build({
    ...(await everything(commit)),
    format: 'esm',
    // Parsed already, it starts in half the processor time. For another platform nothing made here could be tried.
    bytecode: platform === ownPlatform(),
    // Do not read Bun's configuration files from the folder it is started in.
    compile: {
      outfile,
      target: platform.target,
      executablePath,
      autoloadDotenv: false,
      autoloadBunfig: false,
      // Otherwise no package beside the program is found, such as sharp for pictures.
      autoloadPackageJson: true,
    },
  })
  if (platform.name.startsWith('darwin'))
    await Bun.write(outfile, signedAdHoc(await Bun.file(outfile).bytes()))
}

/** The same without the runtime: `roar.js` in the folder, and the files it opens beside it. */
export async function buildScript(outdir: string, commit: string): Promise<void> {
  await Bun.build({ ...(await everything(commit)), outdir, naming: { entry: 'roar.js' } })
}

const everything = async (commit: string) => ({
  entrypoints: [join(ROOT, 'cli/main.ts')],
  root: ROOT,
  target: 'bun' as const,
  minify: { syntax: true, whitespace: true },
  // Native, and larger than everything else: install it beside the program for pictures.
  external: ['sharp'],
  // Build paths are of no use to anybody, and would be in the bytes.
  define: { ROAR_COMMIT: JSON.stringify(commit), __dirname: '"/roar"', __filename: '"/roar/index.js"' },
  plugins: [prebuilt(await bundledFiles()), kafkaClient, await embeddedThreads()],
})

type Files = Record<string, PageFile>

let bundled: Promise<{ pageFiles: Files; studioFiles: Files }> | undefined

/** The parts that are the same for every platform, bundled once. */
function bundledFiles(): NonNullable<typeof bundled> {
  bundled ??= Promise.all([bundlePages(), bundleStudio()]).then(([pageFiles, studioFiles]) => ({
    pageFiles,
    studioFiles,
  }))
  return bundled
}

/** Replaces the modules that bundle the pages and the studio and describe the calls with their results. */
const prebuilt = ({ pageFiles, studioFiles }: { pageFiles: Files; studioFiles: Files }): BunPlugin => ({
  name: 'prebuilt',
  setup: ({ onLoad }) => {
    const made = {
      'page-files': moduleOf('pageFiles', pageFiles),
      'studio-files': moduleOf('studioFiles', studioFiles),
    }
    onLoad({ filter: /\/services\/openapi\.ts$/ }, async () => ({
      loader: 'js',
      contents: `export const openapi = async () => (${JSON.stringify(await openapi())})`,
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

/** The code of the threads that write files, which a checkout has as files. */
async function embeddedThreads(): Promise<BunPlugin> {
  const { outputs } = await Bun.build({
    entrypoints: ['log', 'store'].map((name) => join(ROOT, `adapters/sqlite/${name}-thread.ts`)),
    root: ROOT,
    target: 'bun',
    minify: { syntax: true, whitespace: true },
  })
  const [log, store] = await Promise.all(outputs.map(async (output) => JSON.stringify(await output.text())))
  return {
    name: 'embedded threads',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/adapters\/sqlite\/thread-code\.ts$/ }, () => ({
        loader: 'js',
        contents: `export const [LOG_THREAD, STORE_THREAD] = [${log}, ${store}]`,
      }))
    },
  }
}
