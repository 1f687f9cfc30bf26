/** Topic names and filters: section 4.7. */

/** Whether `filter` is well formed: at least a character, `#` only as the last level, `+` only as a whole level. [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1] */
export function isTopicFilter(filter: string): boolean {
  if (filter === '' || filter.includes('\0')) return false
  const levels = filter.split('/')
  return levels.every((level, i) => {
    if (level === '#') return i === levels.length - 1
    return level === '+' || !hasWildcard(level)
  })
}

/** Whether `topic` may be published to: at least a character and no wildcard. [MQTT-3.3.2-2] [MQTT-4.7.3-1] */
export const isTopicName = (topic: string): boolean =>
  topic !== '' && !hasWildcard(topic) && !topic.includes('\0')

export const hasWildcard = (filter: string): boolean => filter.includes('#') || filter.includes('+')

/** Compiles a well-formed filter into a predicate on topics. */
export function topicMatcher(filter: string): (topic: string) => boolean {
  if (!hasWildcard(filter)) return (topic) => topic === filter
  const matches = levelsMatcher(filter)
  return (topic) => matches(topic.split('/'))
}

/** The same predicate on topics that are already split at their slashes. */
export function levelsMatcher(filter: string): (levels: readonly string[]) => boolean {
  const wanted = filter.split('/')
  const deep = wanted.at(-1) === '#'
  if (deep) wanted.pop()
  return (levels) => {
    // [MQTT-4.7.2-1]: a wildcard on the first level does not match topics that start with `$`.
    if (levels[0]!.startsWith('$') && (wanted.length === 0 || wanted[0] === '+')) return false
    // `a/#` matches `a` too. [MQTT-4.7.1-2], comment.
    if (deep ? levels.length < wanted.length : levels.length !== wanted.length) return false
    for (let i = 0; i < wanted.length; i++) if (wanted[i] !== '+' && wanted[i] !== levels[i]) return false
    return true
  }
}
