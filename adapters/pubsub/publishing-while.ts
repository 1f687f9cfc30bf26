import type { PubSub } from './pubsub.ts'

/**
 * The same PubSub for a publisher that others may replace: see `isCurrent` of `Message`. Its listeners hear `up` also when they are to
 * publish again because something of theirs may have been dropped.
 * @param publisher.onAgain Calls back whenever `isCurrent` says yes again. Returns the function that ends that.
 */
export const publishingWhile = (
  pubsub: PubSub,
  { isCurrent, onAgain }: { isCurrent: () => boolean; onAgain: (listener: () => void) => () => void },
): PubSub => ({
  ...pubsub,
  publish: (message) => pubsub.publish({ ...message, isCurrent }),
  onState(listener) {
    const forget = [pubsub.onState(listener), onAgain(() => pubsub.state() === 'up' && listener('up'))]
    return () => {
      for (const each of forget) each()
    }
  },
})
