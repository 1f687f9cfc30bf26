import type { Message } from './message.ts'

/** English texts of the ribbon and of the recap that it leads to, loaded with the ribbon. */
export const enRibbon = {
  recap: 'Your recap',
  recapAll: { one: '{n} reaction of everybody', other: '{n} reactions of everybody' },
  recapClose: 'Close',
  recapMine: { one: '{n} was mine', other: '{n} were mine' },
  recapMoment: '{sticker} at {time}: {n} times as loud',
  recapSave: 'Save picture',
  recapShare: 'Share',
  recapSide: 'With {side}',
  ribbonLast: 'Last 30 s',
  ribbonLastLabel: 'Play the last 30 seconds again',
  ribbonLive: 'Back to live',
  ribbonMarks: 'Loud moments',
  ribbonPlay: 'Play {time} again: {sticker}',
  ribbonReplay: 'Replay · {time}',
} satisfies Record<string, Message>
