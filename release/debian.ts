import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { description, version } from '../package.json'

const MAINTAINER = 'The Roar authors <maintainers@roar.example>'
const FILES = join(import.meta.dir, '../deploy/debian')
const README = join(import.meta.dir, '../docs/install.md')

/** Unpacked in a tenth of the time that xz takes, so that an installation is over in seconds. */
const ZSTD_LEVEL = 12

export interface DebianOptions {
  /** The command line as one file. */
  binary: string
  architecture: 'amd64' | 'arm64'
  licenses: string
  changes: string
  /** Timestamp of everything in it. */
  at: Date
  /** The folder to create it in. */
  out: string
  /** Of the compression, 1 to 22. Default 12. */
  level?: number
}

/**
 * A package for Debian 12, Ubuntu 22.04 and newer: the program, a hardened systemd unit that runs it as its own user, its
 * settings in /etc/roar. Returns its name in `out`. @throws Error if dpkg-deb is missing
 */
export async function debianPackage(options: DebianOptions): Promise<string> {
  if (Bun.which('dpkg-deb') === null) throw new Error('dpkg-deb is not installed here (Debian, Ubuntu: dpkg)')
  const root = mkdtempSync(join(tmpdir(), 'roar-deb-'))
  chmodSync(root, 0o755)
  try {
    lay(root, options)
    const name = `roar_${version}_${options.architecture}.deb`
    // With more threads the compressed stream would be split differently.
    const env = {
      ...process.env,
      SOURCE_DATE_EPOCH: `${Math.floor(options.at.getTime() / 1000)}`,
      DPKG_DEB_THREADS_MAX: '1',
    }
    await Bun.$`dpkg-deb --root-owner-group -Zzstd -z${options.level ?? ZSTD_LEVEL} --build ${root} ${join(options.out, name)}`
      .env(env)
      .quiet()
    return name
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** Puts every file of the package in its place below `root`. */
function lay(root: string, { binary, architecture, licenses, changes, at }: DebianOptions): void {
  const place = (path: string, mode: number, put: (to: string) => void) => {
    const to = join(root, path)
    mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
    put(to)
    chmodSync(to, mode)
  }
  const copy = (from: string, path: string, mode = 0o644) => place(path, mode, (to) => copyFileSync(from, to))
  const write = (text: string | Uint8Array, path: string) =>
    place(path, 0o644, (to) => writeFileSync(to, text))

  copy(binary, 'usr/bin/roar', 0o755)
  copy(join(FILES, 'roar.service'), 'lib/systemd/system/roar.service')
  copy(join(FILES, 'roar.toml'), 'etc/roar/roar.toml')
  copy(join(FILES, 'copyright'), 'usr/share/doc/roar/copyright')
  copy(join(FILES, 'lintian-overrides'), 'usr/share/lintian/overrides/roar')
  copy(README, 'usr/share/doc/roar/README.md')
  write(licenses, 'usr/share/doc/roar/THIRD-PARTY.txt')
  write(changes, 'usr/share/doc/roar/CHANGES.md')
  write(Bun.gzipSync(changelog(at), { level: 9 }), 'usr/share/doc/roar/changelog.gz')
  write(control(architecture), 'DEBIAN/control')
  write('/etc/roar/roar.toml\n', 'DEBIAN/conffiles')
  for (const script of ['postinst', 'prerm', 'postrm']) copy(join(FILES, script), `DEBIAN/${script}`, 0o755)
}

const control = (architecture: string): string => `Package: roar
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Section: net
Priority: optional
Depends: libc6 (>= 2.31), adduser
Description: ${description.split(',')[0]!.replace(/^A /, '')}
 Viewers of a live stream tap stickers, vote and post; every reaction is counted
 exactly, and once per window one small packet shows the crowd to everybody. One
 process, one program, with the page, the API, MQTT and storage in it.
`

/** Required, in Debian's format; the changes themselves are in CHANGES.md beside it. */
const changelog = (at: Date): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`roar (${version}) stable; urgency=medium

  * See CHANGES.md.

 -- ${MAINTAINER}  ${at.toUTCString().replace('GMT', '+0000')}
`)
