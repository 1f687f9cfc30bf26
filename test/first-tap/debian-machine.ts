import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cached } from '../../deploy/programs/cached.ts'
import { until } from '../until.ts'

/** What a Debian server has before anything is installed. */
const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'adduser']
const CGROUP = '/sys/fs/cgroup/systemd/roar-first-tap'
/** Arguments: the root's layers, then the mount point. The machine has this one's network. */
const BOOT = `
mkdir -p ${CGROUP} && echo $$ > ${CGROUP}/cgroup.procs
exec unshare --pid --mount --ipc --uts --cgroup --fork --kill-child sh -ec '
  mount --make-rprivate /
  mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" root "$2/root" && cd "$2/root"
  mount -t proc proc proc && mount -t sysfs -o ro sysfs sys
  mount -t tmpfs cgroup sys/fs/cgroup && mkdir sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
  mount -t tmpfs dev dev && mkdir dev/pts dev/shm dev/mqueue
  for each in null zero full random urandom tty; do touch dev/$each && mount --bind /dev/$each dev/$each; done
  mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts && ln -s pts/ptmx dev/ptmx
  mount -t tmpfs -o mode=755 run run && mount -t tmpfs tmp tmp
  pivot_root . mnt && umount -l /mnt
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=0
' sh "$@"`

export const canBootDebian = (): boolean => Bun.which('mmdebstrap') !== null

/** A Debian in namespaces of its own whose first process is systemd. */
export class DebianMachine implements AsyncDisposable {
  readonly #folder: string
  readonly #machine: Bun.Subprocess

  private constructor(folder: string, machine: Bun.Subprocess) {
    this.#folder = folder
    this.#machine = machine
  }

  /** Resolves once it has booted. The first start unpacks Debian, which takes minutes. */
  static async boot(): Promise<DebianMachine> {
    const base = await cached(`debian/bookworm-${PACKAGES.join('-')}`, async (folder) => {
      const packages = `--include=${PACKAGES.join()}`
      await Bun.$`mmdebstrap --variant=minbase ${packages} bookworm ${join(folder, 'root')}`.quiet()
    })
    const folder = mkdtempSync(join(tmpdir(), 'roar-debian-'))
    for (const name of ['upper', 'work', 'root']) mkdirSync(join(folder, name))
    const command = ['sh', '-ec', BOOT, 'sh', join(base, 'root'), folder]
    const machine = new DebianMachine(folder, Bun.spawn(command, { stdio: ['ignore', 'ignore', 'inherit'] }))
    await until(() => machine.isActive('multi-user.target')).catch(async (cause) => {
      await machine[Symbol.asyncDispose]()
      throw new Error('Debian has not booted', { cause })
    })
    return machine
  }

  /** Installs a package, with these settings in place. */
  async install(file: string, settings: { path: string; text: string }): Promise<void> {
    const within = join('/proc', this.#first(), 'root')
    mkdirSync(dirname(join(within, settings.path)), { recursive: true })
    writeFileSync(join(within, settings.path), settings.text)
    await Bun.write(join(within, 'root/package.deb'), Bun.file(file))
    const code = await this.#inside('dpkg', '--force-confold', '--install', '/root/package.deb')
    if (code !== 0) throw new Error(`dpkg ended with ${code}`)
  }

  async purge(name: string): Promise<void> {
    await this.#inside('dpkg', '--purge', name)
  }

  /** Whether a unit of systemd is active. */
  async isActive(unit: string): Promise<boolean> {
    return (await this.#inside('systemctl', '--quiet', 'is-active', unit)) === 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#machine.kill('SIGKILL')
    await this.#machine.exited
    rmSync(this.#folder, { recursive: true })
  }

  /** The process that is the machine's first. */
  #first(): string {
    const { pid } = this.#machine
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  }

  /** Runs a command in it. Returns its exit code; 1 before it has begun to boot. */
  async #inside(...command: string[]): Promise<number> {
    const first = this.#first()
    if (first === '' || !readFileSync(`/proc/${first}/comm`, 'utf8').startsWith('systemd')) return 1
    const enter = ['nsenter', '--target', first, '--all', ...command]
    return Bun.spawn(enter, { stdio: ['ignore', 'ignore', 'ignore'] }).exited
  }
}
