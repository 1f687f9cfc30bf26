let last = { show: '', poll: '', name: '/' }

/**
 * A poll's name among those of all shows. Consecutive votes are mostly for one poll: caching the string saves concatenating and
 * hashing it for each of them.
 */
export function pollName(show: string, poll: string): string {
  if (show !== last.show || poll !== last.poll) last = { show, poll, name: `${show}/${poll}` }
  return last.name
}
