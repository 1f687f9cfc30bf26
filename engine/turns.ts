/** Items visited before yielding: some milliseconds, even if each visit closes a socket. */
export const IN_ONE_TURN = 1_000

/** Visits each item, and yields after each slice of them. */
export function* inSlices<Item>(
  items: Iterable<Item>,
  visit: (item: Item) => void,
  slice = IN_ONE_TURN,
): Generator<void> {
  let left = slice
  for (const item of items) {
    visit(item)
    if (--left > 0) continue
    left = slice
    yield
  }
}

/**
 * Takes the first step of a walk now, and each later one after everything else had its turn.
 * @param options.yieldThen Calls back after that. @param options.done Called once, after the last step.
 */
export function inTurns(
  steps: Iterator<void>,
  { yieldThen, done = () => {} }: { yieldThen: (resume: () => void) => void; done?: () => void },
): void {
  if (steps.next().done) done()
  else yieldThen(() => inTurns(steps, { yieldThen, done }))
}
