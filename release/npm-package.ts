import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dependencies, description, license, version } from '../package.json'
import { buildScript } from './bundle.ts'

const ROOT = join(import.meta.dir, '..')

const MANIFEST = {
  name: '@roar/server',
  version,
  description,
  license,
  type: 'module',
  bin: { roar: 'roar' },
  os: ['linux', 'darwin'],
  dependencies: { bun: dependencies.bun },
  // Native: if it cannot be installed, everything works but pictures of stickers.
  optionalDependencies: { sharp: dependencies.sharp },
}

/**
 * The command line for those with Node and npm: one script with everything in it but native code. npm installs it in seconds, and
 * no other package's version can change what runs. Returns the tarball's name in `out`.
 */
export async function packCommandLine(out: string, commit: string, licenses: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-npm-'))
  try {
    await buildScript(folder, commit)
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(MANIFEST, null, 2)}\n`)
    writeFileSync(join(folder, 'THIRD-PARTY.txt'), licenses)
    copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
    for (const name of ['README.md', 'roar'])
      copyFileSync(join(import.meta.dir, 'npm', name), join(folder, name))
    chmodSync(join(folder, 'roar'), 0o755)
    return await packed(folder, out)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** `npm pack` of a folder; npm uses one fixed timestamp in all tarballs. Returns the tarball's name in `out`. */
export async function packed(folder: string, out: string): Promise<string> {
  const said = await Bun.$`npm pack --json --pack-destination ${out}`.cwd(folder).quiet().text()
  // The output of the package's own build precedes it.
  const [{ filename }] = JSON.parse(said.slice(said.search(/^\[/m)))
  return filename
}
