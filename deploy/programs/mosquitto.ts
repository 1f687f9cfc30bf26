import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endOf } from './end-of.ts'
import { ENDS_WITH_US } from './ends-with-us.ts'
import { freePort } from './ports.ts'

export interface Mosquitto {
  url: string
  /** The pid of the running process. */
  pid(): number
  port: number
  /** Freezes it: connections stay open, nothing responds until `thaw`. */
  freeze(): void
  thaw(): void
  /** Makes it reload its users and rules. */
  reload(): void
  /** Kills the broker and its retained messages. */
  kill(): Promise<void>
  /** Restarts it on the same port, empty. */
  restart(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts Debian's Mosquitto on a free port of this machine, for a test. @throws With its words, if it ends in the place of
 * listening, as it does where a setting stands twice.
 * @param options.settings Lines of its configuration, beside the listener's.
 */
export async function startMosquitto({ settings = '' }: { settings?: string } = {}): Promise<Mosquitto> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'))
  const config = join(folder, 'mosquitto.conf')
  const log = join(folder, 'mosquitto.log')
  writeFileSync(config, `listener ${port} 127.0.0.1\n${ALWAYS}${settings}\n`)
  const command = [...ENDS_WITH_US, 'mosquitto', '-c', config]
  const start = async () => {
    const started = Bun.spawn(command, { stdout: 'ignore', stderr: Bun.file(log) })
    while (!(await isListening(port))) {
      if (endOf(started) !== null) throw new Error(`Mosquitto ended: ${await Bun.file(log).text()}`)
      await Bun.sleep(10)
    }
    return started
  }
  let broker = await start()
  const kill = async () => {
    broker.kill('SIGKILL')
    await broker.exited
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    pid: () => broker.pid,
    freeze: () => broker.kill('SIGSTOP'),
    thaw: () => broker.kill('SIGCONT'),
    reload: () => broker.kill('SIGHUP'),
    kill,
    async restart() {
      broker = await start()
    },
    async close() {
      await kill()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A change of the user, which it makes where root starts it, would undo `ENDS_WITH_US`. */
const ALWAYS = 'user root\nallow_anonymous true\npersistence false\n'

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
