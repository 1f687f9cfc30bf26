import { Watchers } from './watchers.ts'

/**
 * A part of a crowd as a process: running the SDK for ten thousand viewers takes more than one core. Follows messages from
 * `Crowd`, and reports how many viewers are live. Argument: the show's URL.
 */

const LIVE_MS = 500

const watchers = new Watchers(process.argv[2]!)
process.on('message', (message: { join?: number; leave?: number; close?: true }) => {
  for (let joined = 0; joined < (message.join ?? 0); joined++) watchers.join()
  if (message.leave) watchers.leave(message.leave)
  if (message.close) process.send!({ told: watchers.close() }, () => process.exit(0))
})
setInterval(() => process.send!({ live: watchers.live() }), LIVE_MS)
