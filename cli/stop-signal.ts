import { readFileSync } from 'node:fs'

/** How often a process that npm started looks whether npm is still there. */
const PARENT_LOOK_MS = 1_000

/** Why this process is to stop. */
export type StopReason = NodeJS.Signals | 'npm has ended'

/** What other programs reopen their log files at. It ends a process that has no handler, and asks nothing of this one. */
const NO_END = ['SIGUSR1', 'SIGUSR2'] as const

/**
 * Resolves with the first SIGTERM, SIGINT, SIGQUIT, SIGXCPU (`ulimit -t`) or SIGHUP, or when npm started this process and is gone:
 * drain. A SIGTERM or SIGINT after it stops the process at once.
 */
export function stopSignal(): Promise<StopReason> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = (reason: StopReason) => {
      isStopping = true
      resolve(reason)
    }
    const take = (signal: NodeJS.Signals) => {
      if (isStopping) process.exit(1)
      stop(signal)
    }
    process.on('SIGTERM', take)
    process.on('SIGINT', take)
    process.on('SIGQUIT', stop)
    process.on('SIGXCPU', stop)
    for (const signal of NO_END) process.on(signal, () => {})
    // A terminal that closes ends what runs in it, unless it was started to outlive it. It says so more than once: to
    // the session's first process, and to all that stand in the foreground.
    if (!isHangupIgnored()) process.on('SIGHUP', () => stop('SIGHUP'))
    if (process.env.npm_lifecycle_event !== undefined) onceOrphaned(() => stop('npm has ended'))
  })
}

/** nohup starts a program with SIGHUP ignored; a handler would undo that. Only Linux says so: signal 1 is the lowest bit. */
function isHangupIgnored(): boolean {
  try {
    const [, mask] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n
  } catch {
    return false
  }
}

/** npm passes on SIGTERM and SIGINT; killed by anything else it leaves behind what it started, and the port with it. */
function onceOrphaned(stop: () => void): void {
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    stop()
  }, PARENT_LOOK_MS)
  timer.unref()
}
