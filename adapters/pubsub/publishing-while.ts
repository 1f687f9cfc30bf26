import type { PubSub } from './pubsub.ts'

/** The same PubSub for a publisher that others may replace: see `isCurrent` of `Message`. */
export const publishingWhile = (pubsub: PubSub, isOurs: () => boolean): PubSub => ({
  ...pubsub,
  publish: (message) => pubsub.publish({ ...message, isCurrent: isOurs }),
})
