import { mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Subprocess } from 'bun'
import { type ClassArchive, classFlags } from './class-archive.ts'
import { endOf } from './end-of.ts'
import { ENDS_WITH_US } from './ends-with-us.ts'

export interface JavaOptions {
  jars: string
  main: string
  args?: string[]
  jvm?: string[]
  /** `write`: writes it for later starts, when the program stops. Default: reads it, if there is one. */
  classes?: ClassArchive
  /** Its output goes here, appended over restarts. */
  logFile: string
  /** Resolves when the program answers a real call, rejects while it does not. */
  ready: () => Promise<void>
}

/** A Java program under test: started until it responds, frozen, killed and restarted at will. */
export class JavaProgram {
  readonly #options: JavaOptions
  #process: Subprocess | undefined

  constructor(options: JavaOptions) {
    this.#options = options
  }

  get pid(): number {
    return this.#process!.pid
  }

  /** Resolves when the program responds; rejects with the end of its log if it exits first or takes longer than `timeoutMs`. */
  async start({ timeoutMs = 110_000 } = {}): Promise<void> {
    const { jars, main, args = [], jvm = [], classes = 'read', logFile } = this.#options
    mkdirSync(dirname(logFile), { recursive: true })
    const log = openSync(logFile, 'a')
    const flags = [
      '-XX:+UseSerialGC',
      // A killed JVM leaves its files behind: here they go with its folder.
      '-XX:-UsePerfData',
      `-Djava.io.tmpdir=${dirname(logFile)}`,
      ...classFlags(jars, classes),
      ...jvm,
    ]
    const child = Bun.spawn([...ENDS_WITH_US, 'java', ...flags, '-cp', `${jars}/*`, main, ...args], {
      stdin: 'ignore',
      stdout: log,
      stderr: log,
      cwd: dirname(logFile),
      // As it is now: the default is what it was at the start of this process.
      env: { ...process.env },
    })
    this.#process = child
    process.on('exit', this.#reap)
    try {
      await this.responds({ timeoutMs })
    } catch (cause) {
      await this.kill()
      throw new Error(`${main} did not come up:\n${tail(logFile)}`, { cause })
    }
  }

  /** Resolves when it responds. @throws why it does not, once it has ended or `timeoutMs` have passed */
  async responds({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    const child = this.#process!
    const deadline = Date.now() + timeoutMs
    for (;;) {
      try {
        return await this.#options.ready()
      } catch (cause) {
        if (endOf(child) !== null || Date.now() > deadline) throw cause
        // Polling: the program gives no other sign.
        await Bun.sleep(100)
      }
    }
  }

  /** Ends it for good: nothing that it would still put in order is needed, except the classes that it writes. */
  async end(): Promise<void> {
    await (this.#options.classes === 'write' ? this.stop() : this.kill())
  }

  /** Asks it to stop and waits; after `timeoutMs` it is killed. */
  async stop({ timeoutMs = this.#options.classes === 'write' ? 600_000 : 10_000 } = {}): Promise<void> {
    const child = this.#process
    if (child === undefined) return
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    await child.exited
    clearTimeout(timer)
    this.#forget()
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL')
    await this.#process?.exited
    this.#forget()
  }

  /** Freezes it: its sockets stay open and nothing responds. Returns once the last of its threads has stopped. */
  freeze(): void {
    this.#process!.kill('SIGSTOP')
    const threads = `/proc/${this.pid}/task`
    const stands = (thread: string): boolean =>
      /\) [Tt] /.test(readFileSync(`${threads}/${thread}/stat`, 'utf8'))
    while (!readdirSync(threads).every(stands));
  }

  thaw(): void {
    this.#process!.kill('SIGCONT')
  }

  #reap = (): void => this.#process?.kill('SIGKILL')

  #forget(): void {
    process.off('exit', this.#reap)
    this.#process = undefined
  }
}

const tail = (file: string): string => readFileSync(file, 'utf8').split('\n').slice(-40).join('\n')
