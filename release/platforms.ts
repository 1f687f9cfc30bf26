/** A platform on which the command line runs as one file. */
export interface Platform {
  /** As in the names of a release's files. */
  name: string
  /** The npm package that contains its runtime. */
  runtime: string
  target: Bun.Build.CompileTarget
}

/** Linux with musl is Alpine, where libstdc++ has to be installed separately. */
export const PLATFORMS: readonly Platform[] = [
  { name: 'linux-x64', runtime: '@oven/bun-linux-x64', target: 'bun-linux-x64' },
  { name: 'linux-arm64', runtime: '@oven/bun-linux-aarch64', target: 'bun-linux-arm64' },
  { name: 'linux-x64-musl', runtime: '@oven/bun-linux-x64-musl', target: 'bun-linux-x64-musl' },
  { name: 'linux-arm64-musl', runtime: '@oven/bun-linux-aarch64-musl', target: 'bun-linux-arm64-musl' },
  { name: 'darwin-x64', runtime: '@oven/bun-darwin-x64', target: 'bun-darwin-x64' },
  { name: 'darwin-arm64', runtime: '@oven/bun-darwin-aarch64', target: 'bun-darwin-arm64' },
]

/** This machine's platform. @throws Error if there is no release for it */
export function ownPlatform(): Platform {
  const own = `${process.platform}-${process.arch}${process.platform === 'linux' && isMusl() ? '-musl' : ''}`
  const platform = PLATFORMS.find(({ name }) => name === own)
  if (platform === undefined) throw new Error(`no release is for ${own}`)
  return platform
}

/** Node's report has the glibc version if glibc is the C library. */
function isMusl(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined
}
