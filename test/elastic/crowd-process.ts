import { Watchers } from './watchers.ts'

/**
 * Some of a crowd, as a process: what runs the SDK for ten thousand viewers is more than one core's work. Takes what a `Crowd` says,
 * and says how many are live. Argument: where the show is.
 */

const LIVE_MS = 500

const watchers = new Watchers(process.argv[2]!)
process.on('message', (message: { join?: number; leave?: number; close?: true }) => {
  for (let joined = 0; joined < (message.join ?? 0); joined++) watchers.join()
  if (message.leave) watchers.leave(message.leave)
  if (message.close) process.send!({ told: watchers.close() }, () => process.exit(0))
})
setInterval(() => process.send!({ live: watchers.live() }), LIVE_MS)
