import type { PubSub } from './pubsub.ts'

/**
 * The same PubSub for a publisher that others may replace: of what had to wait for a broker nothing is sent once `isOurs` says no, as
 * others may have published newer messages meanwhile.
 */
export const publishingWhile = (pubsub: PubSub, isOurs: () => boolean): PubSub => ({
  ...pubsub,
  publish: (message) => pubsub.publish({ ...message, isCurrent: isOurs }),
})
