import { join } from 'node:path'

/** A Go module's published version. */
interface GoModule {
  /** `k8s.io/kubernetes`. */
  module: string
  /** `v1.37.2`. */
  version: string
}

/** Runs `go` in a folder, with a go.mod that it may complete. Resolves to what it printed. @throws with all that it said */
async function go(folder: string, { module, version }: GoModule, ...words: string[]): Promise<string> {
  const env = { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' }
  const build = Bun.spawn(['go', ...words], { cwd: folder, env, stdout: 'pipe', stderr: 'pipe' })
  const [out, said] = await Promise.all([
    new Response(build.stdout).text(),
    new Response(build.stderr).text(),
  ])
  if ((await build.exited) !== 0) throw new Error(`${module} ${version} could not be built:\n${out}${said}`)
  return out
}

/**
 * Builds a program of a Go module into a folder, from the module proxy, without changes of its source.
 * @param options.program Its package: `k8s.io/kubernetes/cmd/kube-apiserver`. @param options.replaced The modules that its go.mod
 * takes from its own tree, as lines of ours, from the text of its go.mod.
 */
export async function goBuild(
  folder: string,
  {
    program,
    linkerFlags = '',
    replaced = () => [],
    ...of
  }: GoModule & { program: string; linkerFlags?: string; replaced?: (goMod: string) => string[] },
): Promise<void> {
  const at = (name: string) => join(folder, name)
  const head = 'module built\n\ngo 1.26\n'
  await Bun.write(at('go.mod'), head)
  const { GoMod } = JSON.parse(await go(folder, of, 'mod', 'download', '-json', `${of.module}@${of.version}`))
  const replacements = replaced(await Bun.file(GoMod).text()).map((line) => `replace ${line}\n`)
  await Bun.write(at('go.mod'), `${head}\nrequire ${of.module} ${of.version}\n\n${replacements.join('')}`)
  await Bun.write(at('tools.go'), `//go:build tools\n\npackage main\n\nimport _ "${program}"\n`)
  await go(folder, of, 'build', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`, '-o', './', program)
}
