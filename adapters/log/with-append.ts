import type { Log } from './log.ts'

/** The log with another `append`. */
export const withAppend = (log: Log, append: Log['append']): Log => ({
  append,
  consume: (topic, handle, options) => log.consume(topic, handle, options),
  read: (topic, from, count) => log.read(topic, from, count),
  ends: (topic) => log.ends(topic),
  state: () => log.state(),
  onState: (listener) => log.onState(listener),
  close: () => log.close(),
})
