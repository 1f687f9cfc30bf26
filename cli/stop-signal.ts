import { readFileSync } from 'node:fs'

/** How often a process started by npm checks that npm still runs. */
const PARENT_LOOK_MS = 1_000

/** Why this process must stop. */
export type StopReason = NodeJS.Signals | 'npm has ended'

/**
 * Signals with which log rotation asks programs to reopen their files. Without a handler they would end this process, which has
 * nothing to reopen.
 */
const NO_END = ['SIGUSR1', 'SIGUSR2'] as const

/**
 * Resolves with the first SIGTERM, SIGINT, SIGQUIT, SIGXCPU (`ulimit -t`) or SIGHUP, or when the npm that started this process
 * has ended: time to drain. A second SIGTERM or SIGINT ends the process at once.
 */
export function stopSignal(): Promise<StopReason> {
  return new Promise((resolve) => {
    let isTold = false
    // Others may come with the first, even before it: systemd with SendSIGHUP, or a closed terminal, sends SIGHUP as well.
    const take = (signal: NodeJS.Signals) => {
      if (isTold) process.exit(1)
      isTold = true
      resolve(signal)
    }
    process.on('SIGTERM', take)
    process.on('SIGINT', take)
    process.on('SIGQUIT', resolve)
    process.on('SIGXCPU', resolve)
    for (const signal of NO_END) process.on(signal, () => {})
    // A closing terminal ends what runs in it, unless it was started to outlive it. The signal comes more than once: to the
    // session's leader, and to the whole foreground group.
    if (!isHangupIgnored()) process.on('SIGHUP', resolve)
    if (process.env.npm_lifecycle_event !== undefined) onceOrphaned(() => resolve('npm has ended'))
  })
}

/** nohup starts a program with SIGHUP ignored; a handler would undo that. Only Linux shows this: signal 1 is the lowest bit. */
function isHangupIgnored(): boolean {
  try {
    const [, mask] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n
  } catch {
    return false
  }
}

/** npm passes on SIGTERM and SIGINT; killed otherwise, it leaves this process behind, holding the port. */
function onceOrphaned(stop: () => void): void {
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    stop()
  }, PARENT_LOOK_MS)
  timer.unref()
}
