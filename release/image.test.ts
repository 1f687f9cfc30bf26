import { afterAll, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { MoodPacket } from '../protocol/packets.ts'
import { copyRoar } from '../test/built-roar.ts'
import { temporaryFolder } from '../test/embedded.ts'
import { needs } from '../test/needs.ts'
import { isRoot } from '../test/unprivileged.ts'
import { imageContext } from './image.ts'

// As in a release. A server that ran in this process before has left what it makes to its owner alone.
process.umask(0o022)
const folder = temporaryFolder()
const at = (...names: string[]) => join(folder.path, ...names)
afterAll(() => folder.remove())

/** A store of images of its own: nothing of the machine's is seen or touched. */
writeFileSync(
  at('storage.conf'),
  `[storage]\ndriver = "vfs"\nrunroot = "${at('run')}"\ngraphroot = "${at('graph')}"\n`,
)
const env = { ...process.env, CONTAINERS_STORAGE_CONF: at('storage.conf') }

function run(...command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { env, stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${stderr}`)
  return stdout.toString().trim()
}
const podman = (...argv: string[]) => run('podman', '--runtime', 'runc', '--cgroup-manager=cgroupfs', ...argv)

/** What the image's own base has that matters here: the C library, and an empty home of a user without rights. */
function base(binary: string): string {
  const root = at('base')
  const libraries = [...run('ldd', binary).matchAll(/(\/\S+) \(/g)].map(([, path]) => path!)
  for (const path of libraries) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(path, join(root, path))
  }
  mkdirSync(join(root, 'tmp'))
  run('tar', '--directory', root, '--create', '--file', at('base.tar'), '.')
  return run('podman', 'import', '--quiet', at('base.tar'), 'localhost/base')
}

const programs = ['buildah', 'podman', 'runc'].map((program) => needs(program))
/** Whether this machine lets a program have namespaces of its own; a container that runs another may not. */
const mayContain = Bun.spawnSync(['unshare', '--mount', '--pid', '--ipc', '--uts', '--fork', 'true']).success
test.skipIf(!isRoot || !mayContain || programs.includes(false))(
  'the image runs as nobody with nothing to write but its volume, says whether it is ready, and keeps what was counted',
  async () => {
    const binary = at('roar')
    await copyRoar(binary)
    base(binary)
    imageContext({ folder: at('context'), binaries: { amd64: binary }, docs: { 'README.txt': 'Roar' } })
    const how = ['--isolation', 'chroot', '--format', 'docker', '--build-arg', 'BASE=localhost/base']
    run('buildah', 'bud', ...how, '--tag', 'roar', at('context'))

    const bare = ['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'all', '--network', 'host']
    const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096']
    const settings = ['--volume', 'shows:/data', '--env', 'ROAR_HOST=127.0.0.1', '--env', 'ROAR_PORT=0']
    const start = (): string => podman('run', '--detach', ...bare, ...limits, ...settings, 'localhost/roar')
    const urlOf = async (container: string): Promise<string> => {
      const logs = Bun.spawn(['podman', 'logs', '--follow', container], { env, stderr: 'pipe' })
      for await (const text of logs.stdout.pipeThrough(new TextDecoderStream())) {
        const [, url] = /live at (http:\/\/\S+)/.exec(text) ?? []
        if (url !== undefined) return url
      }
      throw new Error(await new Response(logs.stderr).text())
    }
    const total = async (url: string) =>
      ((await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket).total

    const first = start()
    try {
      const url = await urlOf(first)
      const { port } = new URL(url)
      expect(podman('exec', '--env', `ROAR_PORT=${port}`, first, '/usr/bin/roar', 'ready')).toBe('ready')
      expect(() => podman('exec', first, '/usr/bin/roar', 'ready')).toThrow('ended with 1')
      const taps = { method: 'POST', body: '{"stickers":{"heart":3}}' }
      expect((await fetch(`${url}/v1/shows/final/reactions`, taps)).status).toBe(202)
      podman('stop', first)
      expect(podman('inspect', '--format', '{{.State.ExitCode}} {{.Config.User}}', first)).toBe(
        '0 65532:65532',
      )
    } finally {
      podman('rm', '--force', first)
    }
    const second = start()
    try {
      const url = await urlOf(second)
      expect(await total(url)).toBe(3)
    } finally {
      podman('rm', '--force', second)
    }
  },
)
