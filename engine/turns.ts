/** Items that are visited between two looks at everything else: some milliseconds, also where each is a socket that is ended. */
export const IN_ONE_TURN = 1_000

/** Visits each item, so many between two yields. */
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
 * Takes the first step of a walk now, and each other one after everything else had its turn.
 * @param options.yieldThen Calls back after that. @param options.done Called once, after the last step.
 */
export function inTurns(
  steps: Iterator<void>,
  { yieldThen, done = () => {} }: { yieldThen: (resume: () => void) => void; done?: () => void },
): void {
  if (steps.next().done) done()
  else yieldThen(() => inTurns(steps, { yieldThen, done }))
}
