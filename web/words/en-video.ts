import type { Message } from './message.ts'

/** English texts of a show's video, loaded with what plays it. */
export const enVideo = {
  videoFailed: 'The picture cannot be played here. Taps and votes still count.',
  videoReload: 'There is a new picture. Load the page again to see it.',
} satisfies Record<string, Message>
