import type { Log, LogState, LogTopic } from './log.ts'

/** A log whose topics live in different logs: the named ones in `topics`, the rest in `others`. Down when one of them is. */
export function logByTopic({ topics, others }: { topics: Partial<Record<LogTopic, Log>>; others: Log }): Log {
  const logs = [...new Set([others, ...Object.values(topics)])]
  const of = (topic: LogTopic): Log => topics[topic] ?? others
  const state = (): LogState => (logs.some((log) => log.state() === 'down') ? 'down' : 'up')
  return {
    append: (topic, records) => of(topic).append(topic, records),
    consume: (topic, handle, options) => of(topic).consume(topic, handle, options),
    read: (topic, from, count) => of(topic).read(topic, from, count),
    ends: (topic) => of(topic).ends(topic),
    state,
    onState(listener) {
      let known = state()
      const offs = logs.map((log) =>
        log.onState((_, cause) => {
          const now = state()
          if (now === known) return
          known = now
          listener(now, cause)
        }),
      )
      return () => {
        for (const off of offs) off()
      }
    },
    async close() {
      for (const log of logs) await log.close()
    },
  }
}
