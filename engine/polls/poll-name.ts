let last = { show: '', poll: '', name: '/' }

/**
 * A poll's name among those of all shows. Votes of one poll come one after another: the same text again is in a map without
 * being put together and hashed for each of them.
 */
export function pollName(show: string, poll: string): string {
  if (show !== last.show || poll !== last.poll) last = { show, poll, name: `${show}/${poll}` }
  return last.name
}
